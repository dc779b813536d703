import { block } from "../report/lava-yaml.ts"
import type { LoadedDefinition } from "./load-definition.ts"

/** LAVA's `testdef_metadata`, as YAML: where a test is from and what it is made for. */
export const testMetadata = ({ ref, definition, commit }: LoadedDefinition): string =>
  block({
    os: definition.metadata["os"] ?? "",
    devices: definition.metadata["devices"] ?? "",
    environment: definition.metadata["environment"] ?? "",
    branch_vcs: ref.from,
    project_name: definition.metadata.name,
    ...(commit !== undefined && { commit_id: commit }),
  })
