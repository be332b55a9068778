import { createReadStream } from 'node:fs';
import { finished } from 'node:stream/promises';
import type { ObjectStore } from '#core/storage/object-store.js';

/**
 * Reads a source from beginning to end. Rejects with the error of storage or of the file system, or with the
 * signal's reason.
 */
export async function proveReadable(
  { store, scratch }: { store: Pick<ObjectStore, 'openSource'>; scratch: { directory: string } },
  sourceKey: string,
  signal: AbortSignal,
): Promise<void> {
  const source = await store.openSource(sourceKey, scratch.directory);
  try {
    await finished(createReadStream(source.path, { highWaterMark: 2 ** 20, signal }).resume());
  } finally {
    await source.release();
  }
}
