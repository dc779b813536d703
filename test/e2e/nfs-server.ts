import { mkdir, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { onTestFinished } from "vitest"

/**
 * Runs an NFS server as a lab may have one, which knows nothing of the dispatcher, until the test ends: it exports
 * `directory` as /srv/nfs.
 */
export const nfsServer = async (directory: string, port: number): Promise<void> => {
  const files = `${directory}-server`
  await mkdir(directory)
  await mkdir(files)
  await writeFile(
    join(files, "ganesha.conf"),
    `NFS_CORE_PARAM { NFS_Port = ${port}; Protocols = 4; Enable_NLM = false; Enable_RQUOTA = false; Enable_UDP = false; }
    NFSV4 { Graceless = true; RecoveryBackend = fs; RecoveryRoot = ${files}; Only_Numeric_Owners = true; }
    NFS_KRB5 { Active_krb5 = false; }
    EXPORT {
      Export_Id = 1; Path = ${directory}; Pseudo = /srv/nfs; Protocols = 4; Transports = TCP; SecType = sys;
      Access_Type = RW; Squash = No_Root_Squash; FSAL { Name = VFS; }
    }`,
  )
  const words = ["-F", "-f", join(files, "ganesha.conf"), "-L", "STDOUT", "-p", join(files, "pid")]
  const server = execa("ganesha.nfsd", words, { reject: false, buffer: false })
  onTestFinished(async () => {
    server.kill("SIGKILL")
    await server
  })
  await new Promise<void>((resolve, reject) => {
    let said = ""
    server.stdout.on("data", (chunk: Buffer) => {
      said += chunk.toString()
      if (said.includes("NFS SERVER INITIALIZED")) resolve()
    })
    void server.then(() => reject(new Error(`the NFS server does not start:\n${said}`)))
  })
}
