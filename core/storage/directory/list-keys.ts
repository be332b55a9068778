import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#core/storage/directory/to-store-error.js';
import { isKeyElement } from '#core/storage/object-key.js';

/**
 * Lists keys under `objects` that start with `prefix` and come after `after`, in ascending order. Reads only
 * folders that can hold such keys. Keys are ASCII, so string order is UTF-8 order.
 */
export async function* listKeys(objects: string, prefix: string, after: string): AsyncGenerator<string> {
  const folderEnd = prefix.lastIndexOf('/') + 1;
  yield* walk(objects, prefix.slice(0, folderEnd), prefix, after);
}

async function* walk(objects: string, folder: string, prefix: string, after: string): AsyncGenerator<string> {
  for (const entry of await sortedEntries(join(objects, folder))) {
    const key = `${folder}${entry}`;
    if (!key.startsWith(prefix) && !prefix.startsWith(key)) continue;
    if (!key.endsWith('/')) {
      if (key > after) yield key;
    } else if (key > after || after.startsWith(key)) {
      yield* walk(objects, key, prefix, after);
    }
  }
}

/**
 * Sorted names in a folder. Folders end with `/`, as in the keys below them, which their order depends on.
 */
async function sortedEntries(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
  // A symbolic link counts as neither a file nor a folder, so it is never followed.
  return entries
    .filter((entry) => isKeyElement(entry.name) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}
