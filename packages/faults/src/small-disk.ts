import { execFile } from "node:child_process";
import { statfs } from "node:fs/promises";
import { promisify } from "node:util";

const execute = promisify(execFile);
const roomy = "256m";

/** A folder that is a file system of its own, in memory, and that can be made full from one moment to the next. */
export class SmallDisk {
  private readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @throws where this process may not mount anything */
  static async mount(folder: string): Promise<SmallDisk> {
    await execute("mount", ["-t", "tmpfs", "-o", `size=${roomy}`, "bluegreen-faults", folder]);
    return new SmallDisk(folder);
  }

  /** As large as what is in it. */
  async fill(): Promise<void> {
    const { blocks, bfree, bsize } = await statfs(this.folder);
    await this.resize(String((blocks - bfree) * bsize));
  }

  empty(): Promise<void> {
    return this.resize(roomy);
  }

  async unmount(): Promise<void> {
    await execute("umount", [this.folder]);
  }

  private async resize(size: string): Promise<void> {
    await execute("mount", ["-o", `remount,size=${size}`, this.folder]);
  }
}
