import { chmod, mkdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { CliContext } from '#cli/context/cli-context.js';
import { CliError, explainFileError } from '#cli/context/cli-error.js';

/** With less free space, services would fail at their first writes. */
const minFreeBytes = 500 * 2 ** 20;

/** Paths inside a data folder. */
export interface DataFolder {
  path: string;
  objects: string;
  redis: string;
  logs: string;
  scratch: string;
  samples: string;
  secretsFile: string;
  instanceFile: string;
  lockFile: string;
  processesFile: string;
  uploadsFile: string;
}

export function dataFolderOf(context: CliContext, data: string | undefined): DataFolder {
  const path = data === undefined ? join(context.homeDirectory, '.millrace') : resolve(data);
  return {
    path,
    objects: join(path, 'objects'),
    redis: join(path, 'redis'),
    logs: join(path, 'logs'),
    scratch: join(path, 'scratch'),
    samples: join(path, 'samples'),
    secretsFile: join(path, 'secrets.json'),
    instanceFile: join(path, 'instance.json'),
    lockFile: join(path, 'lock.json'),
    processesFile: join(path, 'processes.json'),
    uploadsFile: join(path, 'uploads.json'),
  };
}

/**
 * Creates the folder and its subfolders with mode 0700 and checks that they are writable. Throws CliError.
 */
export async function openDataFolder(folder: DataFolder): Promise<void> {
  try {
    await mkdir(folder.path, { recursive: true, mode: 0o700 });
    await chmod(folder.path, 0o700);
    for (const directory of [folder.objects, folder.redis, folder.logs, folder.scratch])
      await mkdir(directory, { recursive: true, mode: 0o700 });
    const trial = join(folder.path, `.trial-${process.pid}`);
    await writeFile(trial, Buffer.alloc(4096));
    await rm(trial);
  } catch (error) {
    const words = explainFileError(error, folder.path);
    if (words) throw new CliError(words, { cause: error });
    throw error;
  }
  await assertSpace(folder);
}

async function assertSpace(folder: DataFolder): Promise<void> {
  const { bavail, bsize } = await statfs(folder.path);
  const freeBytes = bavail * bsize;
  if (freeBytes >= minFreeBytes) return;
  throw new CliError(
    `The disk that holds ${folder.path} is full: ${megabytes(freeBytes)} MB are free, ${megabytes(minFreeBytes)} MB are needed to start. ` +
      'Free some space, or name a folder on another disk with --data DIR.',
  );
}

function megabytes(bytes: number): number {
  return Math.floor(bytes / 2 ** 20);
}
