import type { RefusedCommand } from "./command.ts"

const deployed =
  "Android is not deployed this way: write `deploy` with `to: fastboot`, with its boot, system and userdata images"

const booted = "Android is not booted this way: write `boot` with `method: fastboot`"

const tested =
  "lava-android-test is no more: write `test` with `definitions`, which call adb or am instrument"

const installed =
  "nothing is installed into an Android image: deploy one that has it, `to: fastboot`"

const refuse = (names: ReadonlyArray<string>, refused: string) =>
  names.map((name): readonly [string, RefusedCommand] => [name, { refused }])

/** The commands for Android, which are refused with what to use instead. */
export const androidCommands: Readonly<Record<string, RefusedCommand>> = Object.fromEntries([
  ...refuse(["deploy_linaro_android_image", "deploy_android_image"], deployed),
  ...refuse(["boot_linaro_android_image", "boot_android_image"], booted),
  ...refuse(
    [
      "lava_android_test_install",
      "lava_android_test_run",
      "lava_android_test_run_custom",
      "lava_android_test_run_monkeyrunner",
      "test_android_0xbench",
      "test_android_basic",
      "test_android_monkey",
    ],
    tested,
  ),
  ...refuse(["android_install_binaries", "android_install_cts_medias", "install_adb"], installed),
])
