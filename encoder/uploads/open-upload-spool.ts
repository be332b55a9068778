import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { ObjectStore } from '#core/storage/object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';
import { DirectorySpool } from '#encoder/uploads/directory-spool.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

/** Opens the spool for the store at a MILLRACE_STORAGE_URL. Throws for an invalid URL. */
export async function openUploadSpool(
  storageUrl: string,
  credentials: StorageCredentials | undefined,
  store: ObjectStore,
): Promise<UploadSpool> {
  const url = new URL(storageUrl);
  // On the store's own file system, so that committing an upload is a rename.
  if (url.protocol === 'file:') return new DirectorySpool(join(fileURLToPath(url), 'uploads'), store);
  // Imported on demand: the AWS client is slow to load.
  const { S3Spool } = await import('#encoder/uploads/s3-spool.js');
  return new S3Spool(parseS3Url(url), credentials, store);
}
