import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';

const folderName = 'appendonlydir';
const asideName = /^appendonlydir\.damaged-\d+$/;
/** Damaged folders that are kept, the newest ones. Each is as large as Redis was. */
const maxKept = 2;

/** Every version of Redis names the file, or its part, in the line before it ends. */
const namesAppendOnlyFile = /aof|append.?only|\brdb\b|bad file format|redis bug report/i;
/** With these, the file may be sound: the disk, its owner or the memory is at fault. */
const namesEnvironment = /no space left|permission denied|read-only file system|too many open files/i;
/** Lines of a crash report after its first one are as many as this. */
const maxReportLines = 200;

/**
 * Whether Redis ended because it could not load its append-only file. `logged` is what it logged since its
 * start.
 */
export function isDamageReported(logged: string): boolean {
  if (/ready to accept connections/i.test(logged)) return false;
  const lines = logged.split('\n').slice(-maxReportLines);
  const isCrash = lines.some((line) => /redis bug report/i.test(line));
  const last = isCrash
    ? lines.join('\n')
    : lines
        .filter((line) => line.trim() !== '')
        .slice(-3)
        .join('\n');
  return namesAppendOnlyFile.test(last) && !namesEnvironment.test(last);
}

/**
 * Moves the append-only files in Redis' folder aside, since everything in Redis can be rebuilt from storage.
 * Removes all but the newest two that were moved so. Resolves to the new path.
 */
export async function putAppendOnlyFolderAside(redisFolder: string): Promise<string> {
  const aside = join(redisFolder, `${folderName}.damaged-${Date.now()}`);
  await rename(join(redisFolder, folderName), aside);
  // The names end in milliseconds since 1970, all of the same length.
  const earlier = (await readdir(redisFolder)).filter((name) => asideName.test(name)).sort();
  for (const name of earlier.slice(0, -maxKept))
    await rm(join(redisFolder, name), { recursive: true, force: true });
  return aside;
}
