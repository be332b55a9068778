import { BoundedMap } from '#core/runtime/bounded-map.js';
import { bytesOf, type CachedObject, createCachedObject, etagOf } from '#edge/cache/cached-object.js';
import { Fill, FillError, type UpstreamRefusal } from '#edge/cache/fill.js';
import { S3FifoCache } from '#edge/cache/s3-fifo-cache.js';

/**
 * Fetches one object: gives its headers and body to the fill, and resolves when all of the body has arrived.
 */
export type Fetch = (path: string, fill: Fill) => Promise<void>;

export type Lookup =
  | { outcome: 'hit'; object: CachedObject }
  | { outcome: 'negative'; refusal: UpstreamRefusal }
  | { outcome: 'miss' | 'collapsed'; fill: Fill };

/** How long upstream's 404 is served from memory. */
const negativeMs = 2_000;
/** Bounds what a flood of invented names can occupy. */
const maxNegatives = 10_000;

/**
 * Whole objects in memory, and the fills that bring them. N requests for a missing object start one fill; an
 * object is kept only when all of it arrived.
 */
export class ObjectCache {
  private readonly stored: S3FifoCache<CachedObject>;
  private readonly fills = new Map<string, Fill>();
  private readonly negatives = new BoundedMap<string, { until: number; refusal: UpstreamRefusal }>(
    maxNegatives,
  );

  constructor(
    private readonly capacityBytes: number,
    private readonly fetch: Fetch,
    private readonly now: () => number = Date.now,
  ) {
    this.stored = new S3FifoCache(capacityBytes);
  }

  /** Returns at once: a miss starts its fill and hands it over. */
  find(path: string): Lookup {
    const object = this.stored.get(path);
    if (object) return { outcome: 'hit', object };
    const running = this.fills.get(path);
    if (running) return { outcome: 'collapsed', fill: running };
    const negative = this.negatives.get(path);
    if (negative && negative.until > this.now()) return { outcome: 'negative', refusal: negative.refusal };
    this.negatives.delete(path);
    return { outcome: 'miss', fill: this.startFill(path) };
  }

  get figures(): { bytes: number; objects: number; ghosts: number; evictions: number; fills: number } {
    const { bytes, size, ghostCount, evictions } = this.stored;
    return { bytes, objects: size, ghosts: ghostCount, evictions, fills: this.fills.size };
  }

  private startFill(path: string): Fill {
    const fill = new Fill(this.capacityBytes);
    this.fills.set(path, fill);
    fill.abandoned.addEventListener('abort', () => this.forget(path, fill), { once: true });
    void this.run(path, fill);
    return fill;
  }

  private async run(path: string, fill: Fill): Promise<void> {
    try {
      await this.fetch(path, fill);
      const { contentType, cacheControl, etag } = await fill.headers;
      const body = fill.finish();
      const object = createCachedObject({
        body,
        contentType,
        cacheControl,
        etag: etag ?? etagOf(body.length),
        storedAt: this.now(),
      });
      this.stored.set(path, object, bytesOf(object));
      fill.resolve(object);
    } catch (error) {
      const failure = toFillError(error);
      if (failure.refusal?.status === 404)
        this.negatives.set(path, { until: this.now() + negativeMs, refusal: failure.refusal });
      fill.fail(failure);
    } finally {
      this.forget(path, fill);
    }
  }

  /** An abandoned fill may already have a successor. */
  private forget(path: string, fill: Fill): void {
    if (this.fills.get(path) === fill) this.fills.delete(path);
  }
}

function toFillError(error: unknown): FillError {
  if (error instanceof FillError) return error;
  const message = error instanceof Error ? error.message : String(error);
  return new FillError('unreachable', message, undefined, { cause: error });
}
