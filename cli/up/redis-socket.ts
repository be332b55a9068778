import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '#cli/context/cli-error.js';
import type { DataFolder } from '#cli/instance/data-folder.js';

/** sun_path holds 108 bytes on Linux and 104 on macOS, its final zero included. */
const maxSocketPathBytes = 103;

/** Where the private Redis listens: in the data folder, or in a short folder of our own where that path is too long. */
export async function redisSocketOf(folder: DataFolder): Promise<string> {
  const inFolder = join(folder.redis, 'redis.sock');
  if (Buffer.byteLength(inFolder) <= maxSocketPathBytes) return inFolder;
  const userId = process.getuid?.() ?? 0;
  const digest = createHash('sha256').update(folder.path).digest('hex').slice(0, 16);
  const directory = join(tmpdir(), `millrace-${userId}-${digest}`);
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // The name can be guessed and the folder above is everybody's: take no folder that another user made.
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== userId || (found.mode & 0o077) !== 0)
    throw new CliError(`${directory} is not this user's own private folder. Remove it and start again.`);
  return join(directory, 'redis.sock');
}
