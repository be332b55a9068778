import { createWriteStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline } from 'node:stream/promises';
import type { MeasuredBody } from '#core/storage/measured-body.js';

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

export async function syncFile(path: string): Promise<void> {
  const handle = await open(path, 'r+');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
