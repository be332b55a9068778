import { lstatSync, realpathSync, statSync } from 'node:fs';
import { mkdir, open, readdir, realpath, rm, rmdir, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { errorCode } from '#core/storage/directory/to-store-error.js';
import { assertValidKey } from '#core/storage/object-key.js';
import { ObjectStoreError } from '#core/storage/object-store.js';

/**
 * The folders of a directory store, all on one file system, since objects get their names by link and rename.
 * `objects/`: objects under their keys. `temporary/`: bodies being written. `locks/`: locked keys. `owners/`:
 * one file for each process that writes.
 */
export interface StoreLayout {
  root: string;
  objects: string;
  temporary: string;
  locks: string;
  owners: string;
}

export async function openLayout(directory: string): Promise<StoreLayout> {
  await mkdir(directory, { recursive: true });
  const root = await realpath(directory);
  const layout = {
    root,
    objects: join(root, 'objects'),
    temporary: join(root, 'temporary'),
    locks: join(root, 'locks'),
    owners: join(root, 'owners'),
  };
  for (const folder of [layout.objects, layout.temporary, layout.locks, layout.owners])
    await mkdir(folder, { recursive: true });
  return layout;
}

/**
 * Throws `unavailable` if the store's folders are gone: without the volume that holds them, the folder it was
 * mounted on is empty, and every object would seem to be missing.
 */
export function requireFolders({ root, objects }: StoreLayout): void {
  if (statSync(objects, { throwIfNoEntry: false })?.isDirectory()) return;
  throw new ObjectStoreError(
    'unavailable',
    '',
    `store ${root}: its objects are gone: is the volume mounted?`,
  );
}

/**
 * Path of an object. No key names anything outside the store, but a symbolic link planted among the folders
 * could lead out: throws `invalid_key` if the folder's real path differs. For the last element callers use
 * O_NOFOLLOW or lstat.
 */
export function pathOfKey(layout: StoreLayout, key: string): string {
  assertValidKey(key);
  const path = join(layout.objects, key);
  const folder = dirname(path);
  let real: string;
  try {
    real = realpathSync.native(folder);
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return path;
    throw error;
  }
  if (real !== folder)
    throw new ObjectStoreError('invalid_key', key, `object ${key}: ${folder} leads through a symbolic link`);
  return path;
}

/** Makes the missing folders of `path` and syncs their names to disk. */
export async function makeFolderOf(path: string): Promise<void> {
  const folder = dirname(path);
  const firstMade = await mkdir(folder, { recursive: true });
  if (firstMade === undefined) return;
  for (let made = folder; made.length >= firstMade.length; made = dirname(made))
    await syncFolder(dirname(made));
}

/** Syncs a folder, which makes the names in it durable. A folder that is gone has nothing to sync. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, 'r');
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (errorCode(error) !== 'ENOENT') throw error;
  }
}

/** Removes the folders that a delete left empty, except `objects`. A later put makes them again. */
export async function removeEmptyFolders(layout: StoreLayout, path: string): Promise<void> {
  for (let folder = dirname(path); folder.length > layout.objects.length; folder = dirname(folder)) {
    try {
      await rmdir(folder);
    } catch {
      return;
    }
  }
}

/** Removes files in `folder` that were last changed before `before` (milliseconds since 1970). */
export async function removeOlder(folder: string, before: number): Promise<void> {
  for (const name of await readdir(folder)) {
    const path = join(folder, name);
    const stats = await stat(path).catch(() => undefined);
    if (stats && stats.mtimeMs < before) await rm(path, { force: true });
  }
}

/**
 * Stats the file at `path`; undefined if there is nothing, or anything but a file, which is not an object.
 */
export function statObject(path: string) {
  try {
    const stats = lstatSync(path, { bigint: true });
    return stats.isFile() ? stats : undefined;
  } catch (error) {
    if (errorCode(error) === 'ENOENT' || errorCode(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
