import type { Dirent } from 'node:fs';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode } from '#core/storage/directory/directory-error.js';
import { isKeyElement } from '#core/storage/object-key.js';

/**
 * Keys under `objects` that start with `prefix` and come after `after`, ascending: reads only folders that can hold
 * such keys. Keys are ASCII, so comparing strings is comparing UTF-8.
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

/** Names in a folder, folders with a trailing `/`: that is what their place in the order of keys depends on. */
async function sortedEntries(folder: string): Promise<string[]> {
  let entries: Dirent[];
  try {
    entries = await readdir(folder, { withFileTypes: true });
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return [];
    throw error;
  }
  // Symbolic links are neither files nor folders here, and so are never followed.
  return entries
    .filter((entry) => isKeyElement(entry.name) && (entry.isFile() || entry.isDirectory()))
    .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
    .sort();
}
