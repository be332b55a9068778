import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import { withDeadline } from '#core/runtime/with-deadline.js';
import { listAll } from '#core/storage/object-store.js';
import { submissionKeptMs, submissionsPrefix } from '#encoder/catalogue/create-title.js';
import { deleteTitle, deletionsPrefix, forgetDeletion, purgeTitle } from '#encoder/catalogue/delete-title.js';
import { boundedList } from '#encoder/reconcile/bounded-list.js';
import { type ReconcileParts, type Repair, reconcileTitle } from '#encoder/reconcile/reconcile-title.js';
import { type ScannedState, TitleScanner } from '#encoder/reconcile/title-scanner.js';

/**
 * Pause between two scans. A long scan is followed by a pause `pausePerScan` times as long, up to a limit: a
 * scan that waited for a back end says nothing about the cost of the next.
 */
const minPauseMs = 5_000;
const maxPauseMs = 30_000;
const pausePerScan = 20;
export const pauseAfter = (scanMs: number): number =>
  Math.min(maxPauseMs, Math.max(minPauseMs, scanMs * pausePerScan));

/** Deadlines of one scan's steps. */
export interface ScanDeadlines {
  /** Whether Redis and storage answer. */
  checkMs: number;
  /** One page of a list, or one small object. */
  objectMs: number;
  /** The repair of one title. One of 12 hours has thousands of jobs to check: a second or two. */
  repairMs: number;
  /** The deletion of one title's objects. */
  deletionMs: number;
}

const defaultDeadlines: ScanDeadlines = {
  checkMs: 3_000,
  objectMs: 10_000,
  repairMs: 15_000,
  deletionMs: 60_000,
};

/** Time after which every task that ran when its title was deleted has stopped writing. */
const deletionGraceMs = 15 * 60 * 1000;
const sweepEveryMs = 10 * 60 * 1000;

export interface ReconcilerHooks {
  onRepair(repair: Repair): void;
  onStates(states: ReadonlyMap<TitleId, ScannedState>): void;
}

/**
 * Compares the titles in storage with the jobs in Redis, at the start and every few seconds, and repairs the
 * differences. Every replica runs one, without a leader, since each step is safe to repeat.
 */
export class Reconciler {
  private readonly scanner: TitleScanner;
  private readonly stopped = new AbortController();
  private readonly pause = new WakeableWait();
  private running: Promise<void> | undefined;
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parts: ReconcileParts,
    private readonly hooks: ReconcilerHooks,
    private readonly deadlines: ScanDeadlines = defaultDeadlines,
  ) {
    this.scanner = new TitleScanner(parts.store, parts.titles);
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** Scans again at once: a job has failed, or Redis is up again. */
  nudge(): void {
    this.pause.wake();
  }

  /**
   * Scans all titles once. Logs a title that cannot be repaired; the next scan tries again. Rejects if Redis
   * or storage is away.
   */
  async scan(): Promise<void> {
    const { unfinished, states } = await this.scanner.scan();
    this.hooks.onStates(states);
    for (const record of unfinished) {
      if (this.stopped.signal.aborted) return;
      await this.repairTitle(record);
    }
    await this.resumeDeletions();
    await withDeadline('the index of titles', this.deadlines.repairMs, this.repairIndex(states));
    await this.sweepSubmissions();
  }

  private async repairTitle(record: TitleRecord): Promise<void> {
    const { log } = this.parts;
    const { titleId, state } = record;
    try {
      const repair = await withDeadline(
        `title ${titleId}`,
        this.deadlines.repairMs,
        reconcileTitle(this.parts, record),
      );
      this.hooks.onRepair(repair);
      if (repair !== 'nothing') log.info({ titleId, state }, `reconciled: ${repair}`);
    } catch (err) {
      log.warn({ titleId, err }, 'title not reconciled');
      // One title must not stop the others, but without a back end each of them would wait as long.
      await this.requireBackEnds();
    }
  }

  /** Rejects unless Redis and storage answer. */
  private async requireBackEnds(): Promise<void> {
    const { redis, store } = this.parts;
    await withDeadline('Redis', this.deadlines.checkMs, redis.ping());
    await withDeadline('storage', this.deadlines.checkMs, store.list(deletionsPrefix, { limit: 1 }));
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const startedAt = performance.now();
      // Without Redis there is nothing to compare.
      if (this.parts.redis.status === 'ready') {
        await this.requireBackEnds()
          .then(() => this.scan())
          .catch((err: unknown) => this.parts.log.warn({ err }, 'the scan of all titles failed'));
      }
      const timeoutMs = pauseAfter(performance.now() - startedAt);
      await this.pause.wait({ timeoutMs, signal: this.stopped.signal });
    }
  }

  private async resumeDeletions(): Promise<void> {
    const { parts } = this;
    const store = boundedList(parts.store, this.deadlines.objectMs);
    for await (const { key, lastModified } of listAll(store, deletionsPrefix)) {
      const titleId = titleIdSchema.safeParse(key.slice(deletionsPrefix.length)).data;
      if (titleId === undefined) continue;
      const deletion = deleteTitle(parts, titleId).then(() => purgeTitle(parts, titleId));
      await withDeadline(`deletion of title ${titleId}`, this.deadlines.deletionMs, deletion);
      if (parts.nowMs() - lastModified.getTime() > deletionGraceMs)
        await withDeadline(
          `deletion of title ${titleId}`,
          this.deadlines.objectMs,
          forgetDeletion(parts.store, titleId),
        );
    }
  }

  private async repairIndex(states: ReadonlyMap<TitleId, ScannedState>): Promise<void> {
    const all = [...states];
    const listed = all.filter(([, state]) => state !== 'deleted').map(([id]) => id);
    if ((await this.parts.index.size()) === listed.length) return;
    await this.parts.index.repair(
      listed,
      all.filter(([, state]) => state === 'deleted').map(([id]) => id),
    );
  }

  private async sweepSubmissions(): Promise<void> {
    const { store, nowMs } = this.parts;
    const { objectMs } = this.deadlines;
    if (nowMs() - this.sweptAt < sweepEveryMs) return;
    this.sweptAt = nowMs();
    for await (const { key, lastModified } of listAll(boundedList(store, objectMs), submissionsPrefix))
      if (nowMs() - lastModified.getTime() > submissionKeptMs)
        await withDeadline(`submission ${key}`, objectMs, store.delete(key));
  }
}
