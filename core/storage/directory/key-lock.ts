import { createHash } from 'node:crypto';
import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreLayout } from '#core/storage/directory/store-layout.js';
import { type Owner, readOwner, type StoreOwner } from '#core/storage/directory/store-owner.js';
import { errorCode } from '#core/storage/directory/to-store-error.js';
import { ObjectStoreError } from '#core/storage/object-store.js';

export interface LockPatience {
  /** Limit of a wait. A section takes well under a millisecond, so a slower holder is frozen. */
  waitMs: number;
  /**
   * Silence after which a holder on another host or in another container, which cannot be checked, is dead.
   */
  strangerMs: number;
}

const defaultPatience: LockPatience = { waitMs: 30_000, strangerMs: 15_000 };

/**
 * Locks keys among all processes that share a directory.
 *
 * A lock is a hard link to the holder's owner file, named after the key: one atomic call takes it and one
 * releases it. A holder that dies leaves its link behind. One waiter may replace it: the one that holds the
 * lock named after that link and its dead owner, taken in the same way, so that a waiter may die there too.
 * While it holds that lock, no other process changes the link; it checks that the link still names the dead
 * owner and renames its own over it, so the lock is never free in between.
 */
export class KeyLock {
  constructor(
    private readonly layout: StoreLayout,
    private readonly owner: StoreOwner,
    private readonly patience: LockPatience = defaultPatience,
  ) {}

  /**
   * Runs `section` while no other process runs one for `key`. It is synchronous: a lock lasts microseconds.
   */
  async run<Result>(key: string, section: () => Result): Promise<Result> {
    const path = join(this.layout.locks, createHash('sha256').update(key).digest('hex').slice(0, 32));
    const watch = new HolderWatch(this.patience.strangerMs);
    const started = performance.now();
    while (!this.tryHold(path, watch)) {
      if (performance.now() - started > this.patience.waitMs) throw this.heldTooLong(key, path);
      await new Promise((resolve) => setTimeout(resolve, 1 + Math.random() * 5));
    }
    try {
      return section();
    } finally {
      unlinkSync(path);
    }
  }

  private tryHold(path: string, watch: HolderWatch): boolean {
    if (this.tryLink(path)) return true;
    const holder = readOwner(path);
    if (!holder) return false;
    return this.isDead(holder, path, watch) && this.tryReplace(path, holder, watch);
  }

  private tryLink(path: string): boolean {
    try {
      linkSync(this.owner.file, path);
      return true;
    } catch (error) {
      if (errorCode(error) === 'EEXIST') return false;
      if (errorCode(error) !== 'ENOENT') throw error;
      this.owner.writeFile();
      return false;
    }
  }

  private isDead(holder: Owner, path: string, watch: HolderWatch): boolean {
    const liveness = this.owner.livenessOf(holder);
    return liveness === 'dead' || (liveness === 'unknown' && watch.showsNoSign(path));
  }

  private tryReplace(path: string, dead: Owner, watch: HolderWatch): boolean {
    const replacing = `${path}.${dead.ownerId}`;
    if (!this.tryHold(replacing, watch)) return false;
    try {
      if (readOwner(path)?.ownerId !== dead.ownerId) return false;
      const own = this.owner.temporaryPath();
      linkSync(this.owner.file, own);
      renameSync(own, path);
      return true;
    } finally {
      unlinkSync(replacing);
    }
  }

  private heldTooLong(key: string, path: string): ObjectStoreError {
    const holder = readOwner(path);
    return new ObjectStoreError(
      'unavailable',
      key,
      `object ${key}: locked for over ${this.patience.waitMs} ms by ${describeHolder(holder)}: ` +
        `is it frozen? The lock is ${path}`,
    );
  }
}

function describeHolder(holder: Owner | undefined): string {
  const process = holder?.process;
  return process ? `process ${process.pid} on ${process.system}` : 'another process';
}

/** Watches locks for signs of life: taking or releasing a lock changes the ctime of its holder's links. */
class HolderWatch {
  private readonly seen = new Map<string, { sign: string; since: number }>();

  constructor(private readonly quietMs: number) {}

  showsNoSign(path: string): boolean {
    const stats = lstatSync(path, { bigint: true, throwIfNoEntry: false });
    const sign = stats ? `${stats.ino} ${stats.ctimeNs}` : 'gone';
    const before = this.seen.get(path);
    if (before?.sign === sign) return sign !== 'gone' && performance.now() - before.since > this.quietMs;
    this.seen.set(path, { sign, since: performance.now() });
    return false;
  }
}
