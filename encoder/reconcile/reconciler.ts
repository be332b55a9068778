import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleState } from '#core/contracts/title.js';
import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import { listAll } from '#core/storage/object-store.js';
import { submissionKeptMs, submissionsPrefix } from '#encoder/catalogue/create-title.js';
import { deleteTitle, deletionsPrefix, forgetDeletion, purgeTitle } from '#encoder/catalogue/delete-title.js';
import { type ReconcileParts, type Repair, reconcileTitle } from '#encoder/reconcile/reconcile-title.js';
import { TitleScanner } from '#encoder/reconcile/title-scanner.js';

/** Pause between two scans. A long scan is followed by a pause `pausePerScan` times as long. */
const minPauseMs = 5_000;
const pausePerScan = 20;
/** Time after which every task that ran when its title was deleted has stopped writing. */
const deletionGraceMs = 15 * 60 * 1000;
const sweepEveryMs = 10 * 60 * 1000;

export interface ReconcilerHooks {
  onRepair(repair: Repair): void;
  onStates(states: ReadonlyMap<TitleId, TitleState>): void;
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

  /** Scans all titles once. Logs a title that cannot be repaired; the next scan tries again. */
  async scan(): Promise<void> {
    const { parts } = this;
    const { unfinished, states } = await this.scanner.scan((titleId, err) =>
      parts.log.error({ titleId, err }, 'title record unreadable'),
    );
    this.hooks.onStates(states);
    for (const record of unfinished) {
      if (this.stopped.signal.aborted) return;
      try {
        const repair = await reconcileTitle(parts, record);
        this.hooks.onRepair(repair);
        if (repair !== 'nothing')
          parts.log.info({ titleId: record.titleId, state: record.state }, `reconciled: ${repair}`);
      } catch (err) {
        parts.log.warn({ titleId: record.titleId, err }, 'title not reconciled');
      }
    }
    await this.resumeDeletions();
    await this.repairIndex(states);
    await this.sweepSubmissions();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const startedAt = performance.now();
      // Without Redis there is nothing to compare.
      if (this.parts.redis.status === 'ready') {
        await this.scan().catch((err: unknown) =>
          this.parts.log.warn({ err }, 'the scan of all titles failed'),
        );
      }
      const timeoutMs = Math.max(minPauseMs, (performance.now() - startedAt) * pausePerScan);
      await this.pause.wait({ timeoutMs, signal: this.stopped.signal });
    }
  }

  private async resumeDeletions(): Promise<void> {
    const { parts } = this;
    for await (const { key, lastModified } of listAll(parts.store, deletionsPrefix)) {
      const titleId = titleIdSchema.safeParse(key.slice(deletionsPrefix.length)).data;
      if (titleId === undefined) continue;
      await deleteTitle(parts, titleId);
      await purgeTitle(parts, titleId);
      if (parts.nowMs() - lastModified.getTime() > deletionGraceMs)
        await forgetDeletion(parts.store, titleId);
    }
  }

  private async repairIndex(states: ReadonlyMap<TitleId, TitleState>): Promise<void> {
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
    if (nowMs() - this.sweptAt < sweepEveryMs) return;
    this.sweptAt = nowMs();
    for await (const { key, lastModified } of listAll(store, submissionsPrefix))
      if (nowMs() - lastModified.getTime() > submissionKeptMs) await store.delete(key);
  }
}
