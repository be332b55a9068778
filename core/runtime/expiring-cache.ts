import { BoundedMap } from '#core/runtime/bounded-map.js';

interface Entry<Value> {
  value: Value;
  loadedAtMs: number;
}

export interface ExpiringCacheLimits {
  entries: number;
  /** How long a value is served without loading it again. */
  freshMs: number;
  /** Like `freshMs`, for the value `undefined`: a missing value may appear. Default: `freshMs`. */
  absentFreshMs?: number;
  /** How much longer a value is served while loading fails. */
  staleOnErrorMs: number;
}

/** Values by key, loaded on demand, once for concurrent callers, and served stale while loading fails. */
export class ExpiringCache<Key, Value> {
  private readonly entries: BoundedMap<Key, Entry<Value>>;
  private readonly loading = new Map<Key, Promise<Value>>();

  constructor(
    private readonly load: (key: Key) => Promise<Value>,
    private readonly limits: ExpiringCacheLimits,
    private readonly nowMs: () => number,
  ) {
    this.entries = new BoundedMap(limits.entries);
  }

  /** Rejects as `load` does unless a kept value is young enough to be served instead. */
  async get(key: Key): Promise<Value> {
    const entry = this.entries.get(key);
    if (entry && this.nowMs() - entry.loadedAtMs < this.freshMsOf(entry)) return entry.value;
    const running = this.loading.get(key) ?? this.startLoading(key);
    try {
      return await running;
    } catch (error) {
      const ageMs = entry ? this.nowMs() - entry.loadedAtMs : Number.POSITIVE_INFINITY;
      if (entry && ageMs < this.limits.freshMs + this.limits.staleOnErrorMs) return entry.value;
      throw error;
    }
  }

  private freshMsOf({ value }: Entry<Value>): number {
    const { freshMs, absentFreshMs = freshMs } = this.limits;
    return value === undefined ? absentFreshMs : freshMs;
  }

  private startLoading(key: Key): Promise<Value> {
    const running = this.load(key)
      .then((value) => {
        this.entries.set(key, { value, loadedAtMs: this.nowMs() });
        return value;
      })
      .finally(() => this.loading.delete(key));
    this.loading.set(key, running);
    return running;
  }
}
