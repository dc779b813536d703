// A dispatcher's TFTP server with nothing to serve, at the port in its argument; says "ready".
import { PublishedFiles } from "../../../../src/core/net/published-files.ts"
import { TftpServer } from "../../../../src/core/net/tftp/server.ts"

await TftpServer.listen({
  bind: "127.0.0.1",
  address: "127.0.0.1",
  port: Number(process.argv[2]),
  files: new PublishedFiles(),
})
process.stdout.write("ready\n")
