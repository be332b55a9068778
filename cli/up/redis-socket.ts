import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CliError } from '#cli/context/cli-error.js';
import type { DataFolder } from '#cli/instance/data-folder.js';

/** sun_path holds 108 bytes on Linux and 104 on macOS, including the final zero. */
const maxSocketPathBytes = 103;

/**
 * Path of the private Redis socket: in the data folder, or in a short private folder if that path is too
 * long.
 */
export async function redisSocketOf(folder: DataFolder): Promise<string> {
  const inFolder = join(folder.redis, 'redis.sock');
  if (Buffer.byteLength(inFolder) <= maxSocketPathBytes) return inFolder;
  const userId = process.getuid?.() ?? 0;
  const digest = createHash('sha256').update(folder.path).digest('hex').slice(0, 16);
  const directory = join(tmpdir(), `millrace-${userId}-${digest}`);
  await mkdir(directory, { mode: 0o700 }).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'EEXIST') throw error;
  });
  // The name can be guessed and the parent is world-writable: refuse a folder that another user made.
  const found = await lstat(directory);
  if (!found.isDirectory() || found.uid !== userId || (found.mode & 0o077) !== 0)
    throw new CliError(`${directory} is not a private folder of this user. Delete it and start again.`);
  return join(directory, 'redis.sock');
}
