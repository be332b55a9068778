import { BoundedMap } from '#core/runtime/bounded-map.js';

interface Entry<Value> {
  value: Value;
  bytes: number;
  until: number;
}

/**
 * A cache of at most `maxBytes`. The least recently used value leaves first, and each expires after `heldMs`.
 */
export class ByteCache<Value> {
  private readonly entries: BoundedMap<string, Entry<Value>>;

  constructor(
    private readonly maxBytes: number,
    private readonly heldMs: number,
    private readonly nowMs: () => number,
  ) {
    this.entries = new BoundedMap(maxBytes, ({ bytes }) => bytes);
  }

  get bytes(): number {
    return this.entries.weight;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry || this.nowMs() < entry.until) return entry?.value;
    this.entries.delete(key);
    return undefined;
  }

  /** Keeps no value of more than a quarter of the limit: one large value must not evict all others. */
  set(key: string, value: Value, bytes: number): void {
    if (bytes > this.maxBytes / 4) this.entries.delete(key);
    else this.entries.set(key, { value, bytes, until: this.nowMs() + this.heldMs });
  }
}
