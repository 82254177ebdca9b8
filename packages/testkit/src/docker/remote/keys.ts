import { execFile } from "node:child_process";
import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";

const execute = promisify(execFile);

/** Keys for one test: of an ssh server and of its one user. */
export async function makeSshKeys(folder: string): Promise<{ host: string; user: string }> {
  const [host, user] = [join(folder, "host_key"), join(folder, "user_key")];
  for (const file of [host, user]) await execute("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file]);
  return { host, user };
}

/** `ssh` that knows one host by an alias, and nothing of this machine's user. Returns the folder to put on PATH. */
export async function makeSsh(
  folder: string,
  host: { readonly alias: string; readonly address: string; readonly key: string; readonly hostKey: string },
): Promise<string> {
  const known = join(folder, "known_hosts");
  await writeFile(known, `${host.address} ${host.hostKey}\n`);
  const config = join(folder, "ssh_config");
  const lines = [
    `Host ${host.alias}`,
    `  HostName ${host.address}`,
    "  User root",
    `  IdentityFile ${host.key}`,
    "  IdentitiesOnly yes",
    `  UserKnownHostsFile ${known}`,
    "  GlobalKnownHostsFile none",
    "  StrictHostKeyChecking yes",
  ];
  await writeFile(config, `${lines.join("\n")}\n`);
  const { stdout } = await execute("sh", ["-c", "command -v ssh"]);
  const bin = join(folder, "bin");
  await mkdir(bin);
  await writeFile(join(bin, "ssh"), `#!/bin/sh\nexec ${stdout.trim()} -F ${config} "$@"\n`);
  await chmod(join(bin, "ssh"), 0o755);
  return bin;
}

/** A certificate authority, and certificates of it for a Docker Engine at this address and for its client. */
export async function makeCertificates(folder: string, address: string): Promise<{ server: string; client: string }> {
  const openssl = (...args: string[]) => execute("openssl", args, { cwd: folder });
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await openssl("req", "-x509", ...key, "-subj", "/CN=bluegreen test", "-keyout", "ca-key.pem", "-out", "ca.pem");
  const made = { server: join(folder, "server"), client: join(folder, "client") };
  const uses = { server: `subjectAltName=IP:${address}`, client: "extendedKeyUsage=clientAuth" };
  for (const [name, extension] of Object.entries(uses)) {
    const file = (kind: string) => join(name, `${kind}.pem`);
    await mkdir(join(folder, name));
    const signed = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-addext", extension];
    await openssl(
      "req",
      "-x509",
      ...key,
      ...signed,
      "-subj",
      `/CN=${name}`,
      "-keyout",
      file("key"),
      "-out",
      file("cert"),
    );
    await execute("cp", ["ca.pem", file("ca")], { cwd: folder });
  }
  return made;
}
