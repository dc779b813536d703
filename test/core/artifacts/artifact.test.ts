import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as z from "zod"
import { Artifact } from "../../../src/core/artifacts/artifact.ts"
import { fileName, locate, shown } from "../../../src/core/artifacts/source.ts"
import { valueDocument } from "../../../src/core/source/document.ts"
import { validateWithWarnings } from "../../../src/core/source/validate.ts"
import { ConfigurationError } from "../../../src/core/pipeline/errors.ts"

const complaints = (value: unknown) => {
  const read = validateWithWarnings(valueDocument(value, "job"), Artifact)
  const problems = Result.isFailure(read) ? read.failure : read.success.warnings
  return problems.length === 0
    ? undefined
    : problems.map(({ path, message }) => `${path}: ${message}`)
}

describe("the schema of an artifact", () => {
  it("takes LAVA's keys", () => {
    const artifact = {
      url: "https://example.com/rootfs.tar.xz",
      sha256sum: "ab".repeat(32),
      sha512sum: "AB".repeat(64),
      md5sum: "01".repeat(16),
      compression: "xz",
      headers: { "PRIVATE-TOKEN": "s3cret" },
      use_cache: false,
    }
    expect(Artifact.parse(artifact)).toEqual(artifact)
  })

  it.each([
    "kernel/Image",
    "./Image",
    "/srv/Image",
    "file:///srv/Image",
    "http://h/Image",
    "ssh://u@h/Image",
    "scp://h/Image",
  ])("takes the URL %s", (url) => expect(complaints({ url })).toBeUndefined())

  it.each([
    [{ url: "downloads://Image" }, "url: expected a URL that begins with http://"],
    [{ url: "http://" }, "url: expected a URL of the usual form"],
    [{ url: "https://exam ple.com/Image" }, "url: expected a URL of the usual form"],
    [{ url: "" }, "url:"],
    [{ url: "x", sha256sum: "abc" }, "sha256sum: expected 64 hexadecimal digits"],
    [{ url: "x", md5sum: "g".repeat(32) }, "md5sum: expected 32 hexadecimal digits"],
    [{ url: "x", compression: "zip" }, 'compression: expected "gz" | "xz"'],
    [{ url: "x", archive: "tar" }, "archive: not supported"],
    [{ url: "x", format: "qcow2" }, "format: not supported"],
    [{ url: "x", sha1sum: "ab" }, "sha1sum"],
    [{ url: "x", headers: { "a b": "c" } }, 'headers["a b"]: '],
    [{ url: "x", headers: { a: "c\r\nd: e" } }, "headers.a: expected the value of an HTTP header"],
  ])("refuses %j", (value, complaint) => {
    expect(complaints(value)?.join("\n")).toContain(complaint)
  })

  it("lets an action add a key that is refused here", () => {
    const WithArchive = Artifact.extend({ archive: z.literal("tar").optional() })
    expect(WithArchive.safeParse({ url: "x", archive: "tar" }).success).toBe(true)
  })

  it("becomes a JSON Schema", () => {
    const schema = z.toJSONSchema(Artifact, { io: "input" })
    expect(schema).toMatchObject({
      $defs: { artifact: { required: ["url"], additionalProperties: false } },
    })
  })
})

describe("where an artifact is", () => {
  it.each([
    ["Image", "/jobs/Image"],
    ["../a b/Image", "/a b/Image"],
    ["/srv/Image", "/srv/Image"],
    ["kernel:1.deb", "/jobs/kernel:1.deb"],
    ["file:///srv/a%20b", "/srv/a b"],
    ["file:/srv/Image", "/srv/Image"],
  ])("%s is the file %s", (url, path) => {
    expect(locate(url, "/jobs")).toEqual({ type: "file", path })
  })

  it.each([
    ["ssh://lab@host/srv/a%20b", { user: "lab", host: "host", port: 22 }, "/srv/a b", undefined],
    ["scp://[::1]:2222/~/x", { host: "::1", port: 2222 }, "x", "ssh://[::1]:2222/~/x"],
  ])("%s is the file of another host", (url, login, path, name = url.replace("%20", " ")) => {
    const source = locate(url, "/")
    expect(source).toEqual({ type: "ssh", login, path })
    expect(shown(source)).toBe(name)
  })

  it.each(["file://host/Image", "ssh://host", "scp://me:pw@host/x?token", "http://"])(
    "%s is nowhere",
    (url) => {
      expect(() => locate(url, "/jobs")).toThrow(ConfigurationError)
      expect(() => locate(url, "/jobs")).not.toThrow(/pw|token/)
    },
  )

  it("is named without password and query", () => {
    const source = locate("https://me:pw@example.com:8443/a/b?signature=1#x", "/")
    expect(shown(source)).toBe("https://example.com:8443/a/b?…")
  })

  it.each([
    ["http://h/a/rootfs.tar.xz?x=1", "xz", "rootfs.tar"],
    ["http://h/a/rootfs.tar.zst", "zstd", "rootfs.tar"],
    ["http://h/rootfs.tar.xz", undefined, "rootfs.tar.xz"],
    ["http://h/linux%3a1.deb", undefined, "linux:1.deb"],
    ["http://h/..%2f..%2fetc%2fpasswd", undefined, ".._.._etc_passwd"],
    ["http://h/%2e%2e", undefined, "artifact"],
    ["http://h/a%00b", undefined, "a_b"],
    ["http://h/%zz", undefined, "%zz"],
    ["http://h/", undefined, "artifact"],
    ["http://h/.gz", "gz", "artifact"],
    ["dir/initrd.gz", "gz", "initrd"],
  ] as const)("%s (%s) is called %s", (url, compression, name) => {
    expect(fileName(locate(url, "/"), compression)).toBe(name)
  })
})
