import { LinkedQueue, type QueueNode } from '#core/runtime/linked-queue.js';

interface Entry<Value> {
  key: string;
  value: Value;
  bytes: number;
  /** Hits since the entry was stored or last moved, at most `maxHits`. */
  hits: number;
  inMain: boolean;
  node: QueueNode<Entry<Value>>;
}

/** Share of the bytes for objects that have been requested once. */
const smallShare = 0.1;
/**
 * Evicted keys remembered for each stored object. An object that returns while remembered enters the main
 * queue.
 */
const ghostsPerEntry = 1;
const minGhosts = 1024;
const maxHits = 3;

/**
 * S3-FIFO (Yang et al., SOSP 2023), weighted by bytes. New objects pass through a small queue; those
 * requested again move to the main queue; the others are evicted early and only their keys are remembered. A
 * hit moves nothing, it only counts.
 */
export class S3FifoCache<Value> {
  private readonly entries = new Map<string, Entry<Value>>();
  private readonly small = new LinkedQueue<Entry<Value>>();
  private readonly main = new LinkedQueue<Entry<Value>>();
  private readonly ghosts = new LinkedQueue<string>();
  private readonly ghostNodes = new Map<string, QueueNode<string>>();
  private smallBytes = 0;
  private mainBytes = 0;
  evictions = 0;

  /** `capacityBytes` bounds the sum of the `bytes` given to `set`; a larger object is never kept. */
  constructor(private readonly capacityBytes: number) {}

  get bytes(): number {
    return this.smallBytes + this.mainBytes;
  }

  get size(): number {
    return this.entries.size;
  }

  get ghostCount(): number {
    return this.ghosts.size;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    if (entry.hits < maxHits) entry.hits += 1;
    return entry.value;
  }

  set(key: string, value: Value, bytes: number): void {
    this.delete(key);
    if (bytes > this.capacityBytes) return;
    const inMain = this.forgetGhost(key);
    const entry = { key, value, bytes, hits: 0, inMain } as Entry<Value>;
    this.enqueue(entry);
    this.entries.set(key, entry);
    while (this.bytes > this.capacityBytes) this.evictOne();
  }

  delete(key: string): boolean {
    const entry = this.entries.get(key);
    if (!entry) return false;
    this.dequeue(entry);
    this.entries.delete(key);
    return true;
  }

  private enqueue(entry: Entry<Value>): void {
    entry.node = (entry.inMain ? this.main : this.small).push(entry);
    if (entry.inMain) this.mainBytes += entry.bytes;
    else this.smallBytes += entry.bytes;
  }

  private dequeue(entry: Entry<Value>): void {
    (entry.inMain ? this.main : this.small).remove(entry.node);
    if (entry.inMain) this.mainBytes -= entry.bytes;
    else this.smallBytes -= entry.bytes;
  }

  private evictOne(): void {
    const fromSmall = this.smallBytes > this.capacityBytes * smallShare || this.main.size === 0;
    const oldest = (fromSmall ? this.small : this.main).oldest()?.value;
    if (!oldest) return;
    this.dequeue(oldest);
    if (oldest.hits > 0) {
      oldest.hits = fromSmall ? 0 : oldest.hits - 1;
      oldest.inMain = true;
      this.enqueue(oldest);
      return;
    }
    this.entries.delete(oldest.key);
    this.evictions += 1;
    if (fromSmall) this.remember(oldest.key);
  }

  private remember(key: string): void {
    this.ghostNodes.set(key, this.ghosts.push(key));
    const max = Math.max(minGhosts, this.entries.size * ghostsPerEntry);
    while (this.ghosts.size > max) {
      const oldest = this.ghosts.oldest();
      if (!oldest) return;
      this.ghosts.remove(oldest);
      this.ghostNodes.delete(oldest.value);
    }
  }

  private forgetGhost(key: string): boolean {
    const node = this.ghostNodes.get(key);
    if (!node) return false;
    this.ghosts.remove(node);
    this.ghostNodes.delete(key);
    return true;
  }
}
