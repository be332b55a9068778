import { type BigIntStats, constants, unlinkSync } from 'node:fs';
import { type FileHandle, link, open, rm, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import {
  adoptFile,
  assertCondition,
  commitObject,
  etagOf,
  writeTemporary,
} from '#core/storage/directory/commit-object.js';
import { KeyLock } from '#core/storage/directory/key-lock.js';
import { listKeys } from '#core/storage/directory/list-keys.js';
import {
  openLayout,
  pathOfKey,
  removeEmptyFolders,
  requireFolders,
  type StoreLayout,
  statObject,
  syncFolder,
} from '#core/storage/directory/store-layout.js';
import { StoreOwner } from '#core/storage/directory/store-owner.js';
import { errorCode, toStoreError } from '#core/storage/directory/to-store-error.js';
import { localFileBytes, MeasuredBody } from '#core/storage/measured-body.js';
import { assertValidPrefix, storedContentType } from '#core/storage/object-key.js';
import {
  type LocalSource,
  type ObjectHead,
  type ObjectStore,
  ObjectStoreError,
  type PutOptions,
  type StoredObject,
} from '#core/storage/object-store.js';
import { resolveRange } from '#core/storage/resolve-range.js';

const maxListed = 1000;
const sweepEveryMs = 60_000;

interface OpenStore {
  layout: StoreLayout;
  owner: StoreOwner;
  lock: KeyLock;
  sweptAt: number;
}

/**
 * Stores objects as plain files under their keys. A body is written to a temporary file and synced, then gets
 * its name in one step: by link, which fails if the name is taken (create only), or by rename under the key's
 * lock (replace).
 */
export class DirectoryObjectStore implements ObjectStore {
  private opening: Promise<OpenStore> | undefined;

  constructor(private readonly directory: string) {}

  async put(
    key: string,
    body: Buffer | Readable,
    options: PutOptions = {},
  ): Promise<{ etag: string; bytes: number }> {
    const measured = new MeasuredBody(key, body, options.contentLength);
    try {
      return await this.inStore(key, async (store) => {
        const path = pathOfKey(store.layout, key);
        // A put that has already lost does not write its body. `commitObject` decides the race.
        if (options.condition !== undefined) assertCondition(key, statObject(path), options.condition);
        const temporary = store.owner.temporaryPath();
        try {
          await writeTemporary(temporary, measured, options.signal);
          return {
            etag: await commitObject(store.lock, { key, path, temporary }, options.condition),
            bytes: measured.bytes,
          };
        } finally {
          await rm(temporary, { force: true });
        }
      });
    } finally {
      measured.discard();
    }
  }

  async putFile(
    key: string,
    localPath: string,
    options: Omit<PutOptions, 'contentLength'> = {},
  ): Promise<{ etag: string; bytes: number }> {
    return this.inStore(key, async (store) => {
      const path = pathOfKey(store.layout, key);
      const temporary = store.owner.temporaryPath();
      try {
        const bytes = await localFileBytes(key, localPath);
        await adoptFile(localPath, temporary);
        options.signal?.throwIfAborted();
        const etag = await commitObject(store.lock, { key, path, temporary }, options.condition);
        await unlink(localPath);
        return { etag, bytes };
      } finally {
        await rm(temporary, { force: true });
      }
    });
  }

  async get(
    key: string,
    options: { range?: { first: number; last?: number }; signal?: AbortSignal } = {},
  ): Promise<StoredObject> {
    options.signal?.throwIfAborted();
    return this.inStore(key, async ({ layout }) => {
      const handle = await openObject(layout, key);
      try {
        const head = headOf(key, await handle.stat({ bigint: true }));
        const range = options.range && resolveRange(key, options.range, head.bytes);
        const body = handle.createReadStream({
          ...(range ? { start: range.first, end: range.last } : {}),
          ...(options.signal ? { signal: options.signal } : {}),
          highWaterMark: 262_144,
        });
        return { ...head, body, range };
      } catch (error) {
        await handle.close();
        throw error;
      }
    });
  }

  async read(
    key: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<{ head: ObjectHead; bytes: Buffer }> {
    options.signal?.throwIfAborted();
    return this.inStore(key, async ({ layout }) => {
      const handle = await openObject(layout, key);
      try {
        const head = headOf(key, await handle.stat({ bigint: true }));
        return { head, bytes: await handle.readFile() };
      } finally {
        await handle.close();
      }
    });
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    return this.inStore(key, async ({ layout }) => {
      const stats = statObject(pathOfKey(layout, key));
      return stats && headOf(key, stats);
    });
  }

  async list(
    prefix: string,
    options: { after?: string; limit?: number } = {},
  ): Promise<{ objects: ObjectHead[]; next: string | undefined }> {
    assertValidPrefix(prefix);
    const limit = Math.min(Math.max(1, options.limit ?? maxListed), maxListed);
    return this.inStore(prefix, async ({ layout }) => {
      const objects: ObjectHead[] = [];
      for await (const key of listKeys(layout.objects, prefix, options.after ?? '')) {
        const last = objects.at(-1);
        if (last && objects.length === limit) return { objects, next: last.key };
        // `listKeys` follows no symbolic link, so this path stays inside the store.
        const stats = statObject(join(layout.objects, key));
        if (stats) objects.push(headOf(key, stats));
      }
      return { objects, next: undefined };
    });
  }

  async delete(key: string): Promise<void> {
    await this.inStore(key, async ({ layout, lock }) => {
      const path = pathOfKey(layout, key);
      if (!statObject(path)) return;
      await lock.run(key, () => {
        if (statObject(path)) unlinkSync(path);
      });
      await syncFolder(dirname(path));
      await removeEmptyFolders(layout, path);
    });
  }

  async openSource(key: string, _scratchDirectory: string): Promise<LocalSource> {
    return this.inStore(key, async ({ layout }) => {
      const path = pathOfKey(layout, key);
      if (!statObject(path)) throw notFound(key);
      return { path, release: async () => undefined };
    });
  }

  async check(): Promise<void> {
    await this.inStore('', async (store) => {
      // First, because it frees space.
      if (performance.now() - store.sweptAt >= sweepEveryMs) {
        store.sweptAt = performance.now();
        await store.owner.sweep();
      }
      await proveWritable(store);
    });
  }

  async close(): Promise<void> {
    const store = await this.opening?.catch(() => undefined);
    this.opening = undefined;
    await store?.owner.remove();
  }

  /** Opens the store at its first use, so that the constructor has no effect. Tries again after a failure. */
  private async inStore<Result>(key: string, use: (store: OpenStore) => Promise<Result>): Promise<Result> {
    this.opening ??= openStore(this.directory).catch((error: unknown) => {
      this.opening = undefined;
      throw toStoreError(error, '', this.directory);
    });
    const store = await this.opening;
    try {
      requireFolders(store.layout);
      return await use(store);
    } catch (error) {
      // A volume may go in the middle of an operation.
      requireFolders(store.layout);
      throw toStoreError(error, key, this.directory);
    }
  }
}

async function openStore(directory: string): Promise<OpenStore> {
  const layout = await openLayout(directory);
  const owner = new StoreOwner(layout);
  await owner.sweep();
  return { layout, owner, lock: new KeyLock(layout, owner), sweptAt: performance.now() };
}

async function openObject(layout: StoreLayout, key: string): Promise<FileHandle> {
  const handle = await open(pathOfKey(layout, key), constants.O_RDONLY | constants.O_NOFOLLOW).catch(
    (error: unknown) => {
      throw errorCode(error) === 'ENOTDIR' ? notFound(key) : error;
    },
  );
  if ((await handle.stat()).isFile()) return handle;
  await handle.close();
  throw notFound(key);
}

/** Tries what every put needs: space for a file, and hard links, which some file systems lack. */
async function proveWritable({ layout, owner }: OpenStore): Promise<void> {
  const [temporary, second] = [owner.temporaryPath(), owner.temporaryPath()];
  try {
    await writeTemporary(temporary, new MeasuredBody('', Buffer.from('check'), undefined));
    await link(temporary, second).catch((error: unknown) => {
      throw new ObjectStoreError(
        'unavailable',
        '',
        `store ${layout.root}: its file system has no hard links (${errorCode(error)}): use a local disk`,
        { cause: error },
      );
    });
  } finally {
    await rm(temporary, { force: true });
    await rm(second, { force: true });
  }
}

function notFound(key: string): ObjectStoreError {
  return new ObjectStoreError('not_found', key, `object ${key}: not found`);
}

function headOf(key: string, stats: BigIntStats): ObjectHead {
  return {
    key,
    bytes: Number(stats.size),
    etag: etagOf(stats),
    lastModified: new Date(Number(stats.mtimeMs)),
    contentType: storedContentType(key),
  };
}
