import { androidCommands } from "./android.ts"
import { boot, bootMaster } from "./boot.ts"
import type { Command, RefusedCommand } from "./command.ts"
import { commandRun } from "./command-run.ts"
import { deployImage } from "./deploy-image.ts"
import { deployKernel } from "./deploy-kernel.ts"
import { dummyDeploy } from "./dummy-deploy.ts"
import { addAptRepository, lavaTestInstall, lavaTestRun } from "./lava-test.ts"
import { submitResults } from "./submit-results.ts"
import { testShell } from "./test-shell.ts"

const container = {
  refused: "containers on the dispatcher cannot be had: run what they did as tests on the device",
}

/** The commands of LAVA's first format by their names. Later versions left out the word Linaro. */
export const commands: Readonly<Record<string, Command | RefusedCommand>> = {
  deploy_linaro_image: deployImage,
  deploy_image: deployImage,
  deploy_linaro_kernel: deployKernel,
  deploy_kernel: deployKernel,
  dummy_deploy: dummyDeploy,
  boot_linaro_image: boot,
  boot_image: boot,
  boot_linaro_kernel: boot,
  boot_kernel: boot,
  boot_master_image: bootMaster,
  lava_test_shell: testShell,
  lava_command_run: commandRun,
  lava_test_install: lavaTestInstall,
  lava_test_run: lavaTestRun,
  add_apt_repository: addAptRepository,
  submit_results: submitResults,
  submit_results_on_host: submitResults,
  deploy_lxc_image: container,
  boot_lxc_image: container,
  ...androidCommands,
}
