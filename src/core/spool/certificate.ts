import { createHash, X509Certificate } from "node:crypto"
import { mkdir, readFile } from "node:fs/promises"
import { join } from "node:path"
import { execa } from "execa"
import { isMissing } from "../error-code.ts"

/** A server's private key and its certificate, in PEM. */
export interface Certificate {
  readonly key: string
  readonly cert: string
}

/**
 * The certificate of a lab's spool server, kept as `server.key` and `server.crt` in the directory of the spools; made
 * by openssl(1) where there is none. Hosts know it by its pin, so neither its names nor its dates matter.
 *
 * Rejects where it cannot be read or made.
 */
export const ownCertificate = async (root: string): Promise<Certificate> => {
  const [key, cert] = [join(root, "server.key"), join(root, "server.crt")]
  const read = async () => ({
    key: await readFile(key, "utf8"),
    cert: await readFile(cert, "utf8"),
  })
  try {
    return await read()
  } catch (error) {
    if (!isMissing(error)) throw error
    await mkdir(root, { recursive: true, mode: 0o700 })
    const kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    const words = ["req", "-x509", ...kind, "-keyout", key, "-out", cert, "-days", "36500"]
    await execa("openssl", [...words, "-subj", "/CN=lab-dispatch"])
    return read()
  }
}

/** The pin of a certificate's public key, as curl and wget take it (RFC 7469). */
export const pinOf = ({ cert }: Certificate): string => {
  const { publicKey } = new X509Certificate(cert)
  const key = publicKey.export({ type: "spki", format: "der" })
  return `sha256//${createHash("sha256").update(key).digest("base64")}`
}
