import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import type { TitleId } from '#core/contracts/ids.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';
import { DirectorySpool } from '#encoder/uploads/directory-spool.js';
import { DiskReserve } from '#encoder/uploads/disk-reserve.js';

/** Stores the bytes of unfinished uploads so that committing a finished one costs the same for any size. */
export interface UploadSpool {
  /** Rejects with a 503 problem if `bytes` more do not fit, as far as that is known before they arrive. */
  requireSpace(bytes: number): Promise<void>;
  /** Bytes stored so far of an upload of `totalBytes`. */
  offset(titleId: TitleId, totalBytes: number): Promise<number>;
  /**
   * Appends `body` at `offsetBytes`, which must be the current offset. The caller holds the upload's lock.
   * Resolves to the new offset. If the body fails, keeps the bytes so far and rejects with the body's error.
   */
  append(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number>;
  /** As `append`, but if the body fails, or this process dies, none of its bytes count. */
  appendWhole(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number>;
  /** Makes the complete upload the title's source object. Repeatable: no effect once committed. */
  commit(titleId: TitleId, totalBytes: number): Promise<void>;
  /** Deletes what is stored of an upload. No effect for an unknown one. */
  discard(titleId: TitleId): Promise<void>;
}

/**
 * Opens the spool for the store at a MILLRACE_STORAGE_URL. In a directory, uploads leave `reserveBytes` of
 * its disk free. Throws for an invalid URL.
 */
export async function openUploadSpool(
  storageUrl: string,
  credentials: StorageCredentials | undefined,
  store: ObjectStore,
  reserveBytes: number,
): Promise<UploadSpool> {
  const url = new URL(storageUrl);
  // On the store's own file system, so that committing an upload is a rename.
  if (url.protocol === 'file:') {
    const directory = join(fileURLToPath(url), 'uploads');
    await removeCheckedBodies(directory);
    return new DirectorySpool(directory, store, new DiskReserve(directory, reserveBytes));
  }
  await removeCheckedBodies(tmpdir());
  // Imported on demand: the AWS client is slow to load.
  const { S3Spool } = await import('#encoder/uploads/s3-spool.js');
  return new S3Spool(parseS3Url(url), credentials, store);
}

const CHECKED_BODY = /^checked-[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;
/** An encoder of an earlier release may still be writing a younger one. */
const checkedBodyLifeMs = 3600 * 1000;

/** Deletes the copies of bodies that earlier releases left behind when they were killed: up to 1 GiB each. */
async function removeCheckedBodies(directory: string): Promise<void> {
  const names = await readdir(directory).catch(() => []);
  for (const name of names.filter((name) => CHECKED_BODY.test(name))) {
    const path = join(directory, name);
    const modifiedMs = (await stat(path).catch(() => undefined))?.mtimeMs ?? Date.now();
    if (Date.now() - modifiedMs > checkedBodyLifeMs) await rm(path, { force: true }).catch(() => undefined);
  }
}
