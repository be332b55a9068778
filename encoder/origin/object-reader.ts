import { checkDigest } from '#core/isobmff/digest-box.js';
import { type ObjectHead, type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { ByteCache } from '#encoder/origin/byte-cache.js';
import { type DamagedObjects, hasDigestOf } from '#encoder/origin/damaged-objects.js';

/** A whole object in memory, with its compressed form once a client has accepted it. */
export interface WholeObject {
  etag: string;
  bytes: Buffer;
  gzip?: Promise<Buffer>;
}
/** An object too large to be held: it is streamed from storage. */
interface LargeObject {
  etag: string;
  large: ObjectHead;
}
export type ReadObject = WholeObject | LargeObject;

/** Segments are a few megabytes. */
const maxHeldBytes = 16 * 1024 * 1024;
/** Media objects never change but may be deleted; a deleted object is served for at most this long. */
const heldMs = 30_000;

/** Reads the objects of publications, each once for all concurrent callers, and caches recent ones. */
export class ObjectReader {
  private readonly cache: ByteCache<WholeObject>;
  private readonly reading = new Map<string, Promise<ReadObject | undefined>>();

  constructor(
    private readonly store: ObjectStore,
    private readonly damaged: Pick<DamagedObjects, 'readAgain'>,
    cacheBytes: number,
    nowMs: () => number = performance.now.bind(performance),
  ) {
    this.cache = new ByteCache(cacheBytes, heldMs, nowMs);
  }

  /** Resolves to undefined if there is no such object, or only a damaged one, which is then moved aside. */
  async read(key: string): Promise<ReadObject | undefined> {
    const held = this.cache.get(key);
    if (held) return held;
    const running = this.reading.get(key);
    if (running) return running;
    const reading = this.readStored(key).finally(() => this.reading.delete(key));
    this.reading.set(key, reading);
    return reading;
  }

  private async readStored(key: string): Promise<ReadObject | undefined> {
    try {
      const stored = await this.store.get(key);
      if (stored.bytes > maxHeldBytes) {
        stored.body.destroy();
        return { etag: stored.etag, large: stored };
      }
      const chunks: Buffer[] = [];
      for await (const chunk of stored.body) chunks.push(chunk as Buffer);
      const read = { etag: stored.etag, bytes: Buffer.concat(chunks) };
      const isDamaged = hasDigestOf(key) && checkDigest(read.bytes) === 'mismatch';
      const object = isDamaged ? await this.damaged.readAgain(key) : read;
      if (object) this.cache.set(key, object, object.bytes.length);
      return object;
    } catch (error) {
      if (error instanceof ObjectStoreError && (error.code === 'not_found' || error.code === 'invalid_key'))
        return undefined;
      throw error;
    }
  }
}
