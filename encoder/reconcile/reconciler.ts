import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleState } from '#core/contracts/title.js';
import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import { listAll } from '#core/storage/object-store.js';
import { submissionKeptMs, submissionsPrefix } from '#encoder/catalogue/create-title.js';
import { deleteTitle, deletionsPrefix, forgetDeletion, purgeTitle } from '#encoder/catalogue/delete-title.js';
import { type ReconcileParts, type Repair, reconcileTitle } from '#encoder/reconcile/reconcile-title.js';
import { TitleListing } from '#encoder/reconcile/title-listing.js';

/** Between two looks; a look that takes long is followed by a pause twenty times as long. */
const minPauseMs = 5_000;
const pausePerScan = 20;
/** A task that ran when its title was deleted has ended, and stopped writing, after this. */
const deletionGraceMs = 15 * 60 * 1000;
const sweepEveryMs = 10 * 60 * 1000;

export interface ReconcilerHooks {
  onRepair(repair: Repair): void;
  onStates(states: ReadonlyMap<TitleId, TitleState>): void;
}

/**
 * Compares what storage says with what Redis knows, at the start and every few seconds, and puts right what differs. Every
 * replica runs one; they need no leader, since each step is safe to repeat.
 */
export class Reconciler {
  private readonly listing: TitleListing;
  private readonly stopped = new AbortController();
  private readonly pause = new WakeableWait();
  private running: Promise<void> | undefined;
  private sweptAt = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly parts: ReconcileParts,
    private readonly hooks: ReconcilerHooks,
  ) {
    this.listing = new TitleListing(parts.store, parts.titles);
  }

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    await this.running;
  }

  /** Looks again at once: a job has failed, Redis has come back. */
  nudge(): void {
    this.pause.wake();
  }

  /** One look. A title that cannot be put right now is logged and tried again by the next. */
  async scan(): Promise<void> {
    const { parts } = this;
    const { unfinished, states } = await this.listing.scan((titleId, err) =>
      parts.log.error({ titleId, err }, 'the title record cannot be read'),
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
        parts.log.warn({ titleId: record.titleId, err }, 'the title could not be reconciled now');
      }
    }
    await this.resumeDeletions();
    await this.repairIndex(states);
    await this.sweepSubmissions();
  }

  private async run(): Promise<void> {
    while (!this.stopped.signal.aborted) {
      const startedAt = performance.now();
      // Redis away is the usual cause: nothing can be compared, the next look will.
      if (this.parts.redis.status === 'ready') {
        await this.scan().catch((err: unknown) =>
          this.parts.log.warn({ err }, 'the look over titles broke off'),
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
