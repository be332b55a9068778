import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** The scratch folder of this process. Nothing in it is needed after the process ends. */
export class Scratch {
  private constructor(readonly directory: string) {}

  /** Creates `root/{pid}` and removes the folders of dead processes beside it. */
  static async open(root: string): Promise<Scratch> {
    await mkdir(root, { recursive: true, mode: 0o700 });
    for (const entry of await readdir(root)) {
      if (/^\d+$/.test(entry) && !isAlive(Number(entry))) {
        await rm(join(root, entry), { recursive: true, force: true });
      }
    }
    const directory = join(root, String(process.pid));
    await rm(directory, { recursive: true, force: true });
    await mkdir(directory, { recursive: true, mode: 0o700 });
    return new Scratch(directory);
  }

  /** Runs `work` with an empty folder and removes the folder afterwards, also after a failure. */
  async withFolder<Result>(name: string, work: (directory: string) => Promise<Result>): Promise<Result> {
    const directory = await mkdtemp(join(this.directory, `${name}-`));
    try {
      return await work(directory);
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  async close(): Promise<void> {
    await rm(this.directory, { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    // EPERM: the process runs as another user.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
