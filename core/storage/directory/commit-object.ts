import { type BigIntStats, constants, createWriteStream, lstatSync, renameSync, utimesSync } from 'node:fs';
import { copyFile, link, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { KeyLock } from '#core/storage/directory/key-lock.js';
import { makeFolderOf, statObject, syncFolder } from '#core/storage/directory/store-layout.js';
import { errorCode } from '#core/storage/directory/to-store-error.js';
import type { MeasuredBody } from '#core/storage/measured-body.js';
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

/** Over twice the resolution of a double of seconds since 1970. Only the oldest file systems are coarser. */
const stepSeconds = 2e-6;
const oldFileSystemStepSeconds = 2;

/**
 * Version of a stored file: its size and its modification time, which `stampVersion` increases with every
 * replacement. One stat gives it, however large the object, and it is strong enough for compare-and-swap.
 */
export function etagOf(stats: BigIntStats): string {
  return `"${stats.size.toString(16)}-${stats.mtimeNs.toString(16)}"`;
}

/**
 * Sets the modification time that is a finished file's version: now, and later than `replaced`, so that no
 * version of a key returns. The random part (under 1 ms) distinguishes a key that is deleted and created
 * again within a millisecond.
 */
function stampVersion(path: string, replaced: BigIntStats | undefined): string {
  const floorSeconds = replaced ? Number(replaced.mtimeNs) / 1e9 + stepSeconds : 0;
  const seconds = Math.max((Date.now() + Math.random()) / 1000, floorSeconds);
  utimesSync(path, seconds, seconds);
  const etag = etagOf(lstatSync(path, { bigint: true }));
  if (!replaced || etag !== etagOf(replaced)) return etag;
  utimesSync(path, seconds, seconds + oldFileSystemStepSeconds);
  return etagOf(lstatSync(path, { bigint: true }));
}

/** Writes a body to a new file and syncs it. Rejects with the body's own error or the signal's reason. */
export async function writeTemporary(path: string, body: MeasuredBody, signal?: AbortSignal): Promise<void> {
  signal?.throwIfAborted();
  try {
    await pipeline(body.chunks(), createWriteStream(path, { flags: 'wx' }), signal ? { signal } : {});
  } catch (error) {
    if (signal?.aborted) throw signal.reason;
    throw body.failure ?? error;
  }
  await syncFile(path);
}

async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
