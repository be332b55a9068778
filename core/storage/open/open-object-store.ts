import { isAbsolute } from 'node:path';
import { fileURLToPath } from 'node:url';
import { DirectoryObjectStore } from '#core/storage/directory/directory-object-store.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { DeferredObjectStore } from '#core/storage/open/deferred-object-store.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';

/**
 * Returns the store that a MILLRACE_STORAGE_URL names: `file:///abs/dir`, or
 * `s3://bucket?endpoint=http://host:9000&region=us-east-1&forcePathStyle=true`. Has no effect until the store
 * is used. Throws if the URL names no store. Without `credentials` the AWS client finds its own (environment,
 * profile, instance role).
 */
export function openObjectStore(url: string, credentials?: StorageCredentials): ObjectStore {
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (parsed?.protocol === 'file:') return new DirectoryObjectStore(directoryOf(parsed));
  if (parsed?.protocol === 's3:') {
    const settings = parseS3Url(parsed);
    return new DeferredObjectStore(async () => {
      const { S3ObjectStore } = await import('#core/storage/s3/s3-object-store.js');
      return new S3ObjectStore(settings, credentials ? { credentials } : {});
    });
  }
  throw new Error(
    `storage URL ${JSON.stringify(url)}: want file:///absolute/folder or s3://bucket?endpoint=…`,
  );
}

function directoryOf(url: URL): string {
  const path = url.host === '' ? fileURLToPath(url) : '';
  if (path === '/' || !isAbsolute(path))
    throw new Error(
      `storage URL ${url.href}: want file:// and an absolute folder, such as file:///var/lib/millrace`,
    );
  return path;
}
