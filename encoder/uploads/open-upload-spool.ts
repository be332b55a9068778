import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '#core/storage/object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';
import { DirectorySpool } from '#encoder/uploads/directory-spool.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

/** The spool that belongs to the store of a MILLRACE_STORAGE_URL. Throws where the URL names no store. */
export async function openUploadSpool(
  storageUrl: string,
  credentials: StorageCredentials | undefined,
  store: ObjectStore,
): Promise<UploadSpool> {
  const url = new URL(storageUrl);
  // Beside the store's own folders: on its file system, where a rename places an upload.
  if (url.protocol === 'file:') return new DirectorySpool(join(fileURLToPath(url), 'uploads'), store);
  // The AWS client takes its time to load: only those who use it pay.
  const { S3Spool } = await import('#encoder/uploads/s3-spool.js');
  return new S3Spool(parseS3Url(url), credentials, store);
}
