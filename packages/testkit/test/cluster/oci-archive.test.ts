import { execFileSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { ociArchive } from "../../src/cluster/oci-archive.ts";

test("an image's archive is a tar that is the same every time, with one layer for images of the same files", async () => {
  const folder = await mkdtemp(join(tmpdir(), "bluegreen-test-"));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const app = join(folder, "app");
  await writeFile(app, "#!/bin/sh\n");
  const image = (version: string) => ({
    name: `localhost/bluegreen/shop:${version}`,
    files: { "/bin/app": app },
    links: { "/bin/sh": "app" },
    directories: ["/tmp"],
    env: { VERSION: version },
    entrypoint: ["/bin/app"],
  });
  const { archive, digests } = await ociArchive([image("1"), image("2")]);
  expect((await ociArchive([image("1"), image("2")])).archive.equals(archive)).toBe(true);
  expect(new Set(digests.values()).size).toBe(2);

  await writeFile(join(folder, "images.tar"), archive);
  execFileSync("tar", ["-xf", "images.tar"], { cwd: folder });
  const blob = (digest: string) => join(folder, "blobs", digest.replace(":", "/"));
  const read = (digest: string) => JSON.parse(execFileSync("cat", [blob(digest)], { encoding: "utf8" }));
  const [first, second] = [...digests.values()].map(read);
  expect(first.layers).toEqual(second.layers);
  const listing = execFileSync("tar", ["-tvf", blob(first.layers[0].digest)], { encoding: "utf8" });
  expect(listing.split("\n").map((line) => line.replace(/ .* /, " "))).toMatchInlineSnapshot(`
    [
      "drwxr-xr-x bin/",
      "drwxrwxrwt tmp/",
      "-rwxr-xr-x bin/app",
      "lrwxrwxrwx app",
      "",
    ]
  `);
});
