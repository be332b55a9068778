import { type BigIntStats, constants, renameSync } from 'node:fs';
import { copyFile, link } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { KeyLock } from '#core/storage/directory/key-lock.js';
import { etagOf, stampVersion } from '#core/storage/directory/object-version.js';
import { makeFolderOf, statObject, syncFolder } from '#core/storage/directory/store-layout.js';
import { errorCode } from '#core/storage/directory/to-store-error.js';
import { syncFile } from '#core/storage/directory/write-temporary.js';
import { ObjectStoreError, type PutOptions } from '#core/storage/object-store.js';

/** Gives a finished file its key in one atomic step. Resolves to the etag. */
export async function commitObject(
  lock: KeyLock,
  { key, path, temporary }: { key: string; path: string; temporary: string },
  condition: PutOptions['condition'],
): Promise<string> {
  const etag = await withFolder(path, () =>
    condition === 'absent'
      ? create(key, path, temporary)
      : lock.run(key, () => replace(key, path, temporary, condition)),
  );
  await syncFolder(dirname(path));
  return etag;
}

async function create(key: string, path: string, temporary: string): Promise<string> {
  const etag = stampVersion(temporary, undefined);
  try {
    await link(temporary, path);
  } catch (error) {
    throw errorCode(error) === 'EEXIST' && statObject(path) ? taken(key) : error;
  }
  return etag;
}

function replace(key: string, path: string, temporary: string, condition: PutOptions['condition']): string {
  const current = statObject(path);
  if (condition !== undefined) assertCondition(key, current, condition);
  const etag = stampVersion(temporary, current);
  renameSync(temporary, path);
  return etag;
}

/** Makes the folder of `path` and runs `use`; retries if a delete removes the empty folder in between. */
async function withFolder<Result>(path: string, use: () => Promise<Result>): Promise<Result> {
  for (let round = 0; ; round += 1) {
    await makeFolderOf(path);
    try {
      return await use();
    } catch (error) {
      if (errorCode(error) !== 'ENOENT' || round === 9) throw error;
    }
  }
}

/** Gives a local file a second name inside the store, or copies it from another file system. */
export async function adoptFile(localPath: string, temporary: string): Promise<void> {
  try {
    await link(localPath, temporary);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    await copyFile(localPath, temporary, constants.COPYFILE_EXCL | constants.COPYFILE_FICLONE);
  }
  await syncFile(temporary);
}

export function assertCondition(
  key: string,
  current: BigIntStats | undefined,
  condition: 'absent' | { etag: string },
): void {
  if (condition === 'absent') {
    if (current) throw taken(key);
    return;
  }
  const stored = current && etagOf(current);
  if (stored !== condition.etag)
    throw new ObjectStoreError(
      'precondition_failed',
      key,
      `object ${key}: the stored version is ${stored ?? 'none'}, not ${condition.etag}`,
    );
}

function taken(key: string): ObjectStoreError {
  return new ObjectStoreError('precondition_failed', key, `object ${key}: already exists`);
}
