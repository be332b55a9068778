import { mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';

/** This process' scratch folder: everything in it is its own to lose. */
export class Scratch {
  private constructor(readonly directory: string) {}

  /** Takes `root/{pid}` and removes what dead processes left beside it. */
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

  /** Folder for downloaded sources, kept between tasks. */
  get sources(): string {
    return join(this.directory, 'sources');
  }

  /** Runs `work` with an empty folder that is gone afterwards, however it ends. */
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
    // Somebody else's process: alive, and not ours to clean up after.
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
