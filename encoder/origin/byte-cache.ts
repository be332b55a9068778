/** Values by key, at most `mostBytes` of them, the longest unused leaving first; each for at most `heldMs`. */
export class ByteCache<Value> {
  private readonly entries = new Map<string, { value: Value; bytes: number; until: number }>();
  private held = 0;

  constructor(
    private readonly maxBytes: number,
    private readonly heldMs: number,
    private readonly nowMs: () => number,
  ) {}

  get bytes(): number {
    return this.held;
  }

  get(key: string): Value | undefined {
    const entry = this.entries.get(key);
    if (!entry) return undefined;
    this.remove(key);
    if (this.nowMs() >= entry.until) return undefined;
    // Put back at the end: a Map keeps the order of insertion, so the first is the longest unused.
    this.entries.set(key, entry);
    this.held += entry.bytes;
    return entry.value;
  }

  /** One value may take a quarter of the room at most: a single large one must not empty the rest. */
  set(key: string, value: Value, bytes: number): void {
    this.remove(key);
    if (bytes > this.maxBytes / 4) return;
    for (const oldest of this.entries.keys()) {
      if (this.held + bytes <= this.maxBytes) break;
      this.remove(oldest);
    }
    this.entries.set(key, { value, bytes, until: this.nowMs() + this.heldMs });
    this.held += bytes;
  }

  private remove(key: string): void {
    const entry = this.entries.get(key);
    if (!entry) return;
    this.entries.delete(key);
    this.held -= entry.bytes;
  }
}
