import { lstat } from 'node:fs/promises';
import { ObjectStoreError } from '#core/storage/object-store.js';

/** Size in bytes of a file to be moved into a store. Refuses links and folders, which cannot be objects. */
export async function localFileBytes(key: string, localPath: string): Promise<number> {
  const stats = await lstat(localPath).catch((error: unknown) => {
    throw new ObjectStoreError('not_found', key, `file ${localPath}, to be stored as ${key}: not found`, {
      cause: error,
    });
  });
  if (stats.isFile()) return stats.size;
  throw new ObjectStoreError(
    'not_found',
    key,
    `file ${localPath}, to be stored as ${key}: not a regular file`,
  );
}
