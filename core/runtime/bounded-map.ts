import { LinkedQueue, type QueueNode } from '#core/runtime/linked-queue.js';

interface Entry<Key, Value> {
  key: Key;
  value: Value;
  weight: number;
}

/**
 * A map that forgets its least recently used entries once their weights exceed `limit`; each weighs 1 by
 * default.
 */
export class BoundedMap<Key, Value> {
  private readonly nodes = new Map<Key, QueueNode<Entry<Key, Value>>>();
  private readonly byUse = new LinkedQueue<Entry<Key, Value>>();
  private totalWeight = 0;

  constructor(
    private readonly limit: number,
    private readonly weigh: (value: Value) => number = () => 1,
  ) {}

  get size(): number {
    return this.nodes.size;
  }

  /** Sum of the entries' weights. */
  get weight(): number {
    return this.totalWeight;
  }

  /** Counts as a use. */
  get(key: Key): Value | undefined {
    const node = this.nodes.get(key);
    if (!node) return undefined;
    this.byUse.moveToEnd(node);
    return node.value.value;
  }

  /** Counts as a use. An entry that alone exceeds the limit is not kept, nor is the one that it replaces. */
  set(key: Key, value: Value): void {
    this.delete(key);
    const weight = this.weigh(value);
    if (weight > this.limit) return;
    this.nodes.set(key, this.byUse.push({ key, value, weight }));
    this.totalWeight += weight;
    while (this.totalWeight > this.limit) this.deleteOldest();
  }

  delete(key: Key): void {
    const node = this.nodes.get(key);
    if (!node) return;
    this.byUse.remove(node);
    this.nodes.delete(key);
    this.totalWeight -= node.value.weight;
  }

  /** Deletes least recently used entries for as long as `isOld` holds for them. */
  deleteWhile(isOld: (value: Value) => boolean): void {
    for (let oldest = this.byUse.oldest(); oldest && isOld(oldest.value.value); oldest = this.byUse.oldest())
      this.delete(oldest.value.key);
  }

  private deleteOldest(): void {
    const oldest = this.byUse.oldest();
    if (oldest) this.delete(oldest.value.key);
  }
}
