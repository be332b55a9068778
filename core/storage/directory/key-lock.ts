import { createHash } from 'node:crypto';
import { linkSync, lstatSync, renameSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from '#core/storage/directory/directory-error.js';
import type { StoreLayout } from '#core/storage/directory/store-layout.js';
import { type Owner, readOwner, type StoreOwner } from '#core/storage/directory/store-owner.js';
import { ObjectStoreError } from '#core/storage/object-store.js';

export interface LockPatience {
  /** Waiting longer fails: a section lasts well under a millisecond, so its holder must be frozen. */
  waitMs: number;
  /** A holder on another host or in another container cannot be seen to be dead: this long without any sign says so. */
  strangerMs: number;
}

const defaultPatience: LockPatience = { waitMs: 30_000, strangerMs: 15_000 };

/**
 * Runs `section` while no other process runs one for the same key. `section` is synchronous, so a lock is held for
 * microseconds, never across a wait of this process.
 *
 * A lock is a hard link, named after the key, of the holder's owner file: made and released by one atomic call each. A
 * holder that died leaves its link, which only one waiter may replace: the one that holds the lock named after that link
 * and its owner, got in the same way (so a waiter dying there is no trouble either). Under it the link still names the
 * dead owner or it does not; nobody else may touch it, and rename replaces it without a moment of being free.
 */
export class KeyLock {
  constructor(
    private readonly layout: StoreLayout,
    private readonly owner: StoreOwner,
    private readonly patience: LockPatience = defaultPatience,
  ) {}

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
      `object ${key}: locked for over ${this.patience.waitMs} ms by ${holder ? `process ${holder.process.pid} on ${holder.process.system}` : 'another process'}: is it frozen? The lock is ${path}`,
    );
  }
}

/** Whether lock files stayed untouched while watched: each lock a holder takes or lets go changes its link's ctime. */
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
