import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isOutage } from '#core/runtime/is-outage.js';
import { proveReadable } from '#workers/source/prove-readable.js';

/** A store that has one source, and counts its users. */
function storeOf(path: string) {
  const store = {
    users: 0,
    openSource: async () => {
      store.users += 1;
      return { path, release: async () => void (store.users -= 1) };
    },
  };
  return store;
}

const scratch = { directory: tmpdir() };

it('accepts a source that can be read to its end', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-readable-'));
  try {
    const path = join(folder, 'source');
    await writeFile(path, Buffer.alloc(5_000_000));
    const store = storeOf(path);
    await proveReadable({ store, scratch }, 'sources/x', new AbortController().signal);
    expect(store.users).toBe(0);
  } finally {
    await rm(folder, { recursive: true });
  }
});

it('rejects with an outage if the disk cannot read the source', async () => {
  // The kernel answers EIO: nothing is mapped at address 0.
  const store = storeOf('/proc/self/mem');
  const error: unknown = await proveReadable(
    { store, scratch },
    'sources/x',
    new AbortController().signal,
  ).catch((thrown: unknown) => thrown);
  expect(error).toMatchObject({ code: 'EIO' });
  expect(isOutage(error)).toBe(true);
  expect(store.users).toBe(0);
});
