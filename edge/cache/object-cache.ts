import { BoundedMap } from '#core/runtime/bounded-map.js';
import { bytesOf, type CachedObject, createCachedObject } from '#edge/cache/cached-object.js';
import { Fill, FillError, type UpstreamRefusal } from '#edge/cache/fill.js';
import { S3FifoCache } from '#edge/cache/s3-fifo-cache.js';

/** Where objects come from. Reports headers and body to the fill; resolves when all of it was told. */
export type Fetch = (path: string, fill: Fill) => Promise<void>;

export type Lookup =
  | { outcome: 'hit'; object: CachedObject }
  | { outcome: 'negative'; refusal: UpstreamRefusal }
  | { outcome: 'miss' | 'collapsed'; fill: Fill };

/** "There is no such object" is believed for this long. */
const negativeMs = 2_000;
const maxNegatives = 10_000;

/**
 * Whole objects in memory, and the fills that bring them. N requests for an object that is not there make one fill; an
 * object is kept only when all of it came.
 */
export class ObjectCache {
  private readonly stored: S3FifoCache<CachedObject>;
  private readonly fills = new Map<string, Fill>();
  private readonly negatives = new BoundedMap<string, { until: number; refusal: UpstreamRefusal }>(
    maxNegatives,
  );

  constructor(
    capacityBytes: number,
    private readonly fetch: Fetch,
    private readonly now: () => number = Date.now,
  ) {
    this.stored = new S3FifoCache(capacityBytes);
  }

  /** Never waits: a miss starts its fill and hands it over. */
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
    const fill = new Fill();
    this.fills.set(path, fill);
    void this.run(path, fill);
    return fill;
  }

  private async run(path: string, fill: Fill): Promise<void> {
    try {
      await this.fetch(path, fill);
      const { bytes: _, ...headers } = await fill.headers;
      const object = createCachedObject({ ...headers, body: fill.finish(), storedAt: this.now() });
      this.stored.set(path, object, bytesOf(object));
      fill.kept(object);
    } catch (error) {
      const failure =
        error instanceof FillError
          ? error
          : new FillError('unreachable', error instanceof Error ? error.message : String(error), undefined, {
              cause: error,
            });
      if (failure.refusal?.status === 404)
        this.negatives.set(path, { until: this.now() + negativeMs, refusal: failure.refusal });
      fill.fail(failure);
    } finally {
      this.fills.delete(path);
    }
  }
}
