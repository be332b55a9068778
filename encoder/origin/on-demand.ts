import { randomUUID } from 'node:crypto';
import { audioFolder, initFile, publicationPrefix, segmentFile } from '#core/contracts/publication-layout.js';
import { type DemandInterest, runEndedPath } from '#core/queue/demand-interest.js';
import type { Logger } from '#core/runtime/log.js';
import { ProblemError } from '#core/runtime/problem.js';
import { WakeableWait } from '#core/runtime/wakeable-wait.js';
import type { DamageLog } from '#core/titles/damage-log.js';
import { addressOf, type DemandedSegment, type DemandQueue } from '#encoder/origin/demand-queue.js';
import type { ObjectReader, ReadObject } from '#encoder/origin/object-reader.js';
import type { OriginMetrics } from '#encoder/origin/origin-metrics.js';
import type { MediaPath } from '#encoder/origin/parse-media-path.js';
import { folderOf, type PromisedObject, type PromisedObjects } from '#encoder/origin/promised-objects.js';
import { SharedWork } from '#encoder/origin/shared-work.js';
import type { StoredSignals } from '#encoder/origin/stored-signals.js';

export interface OnDemandLimits {
  /** Objects waited for at the same time. */
  maxOutstanding: number;
  /**
   * A request is answered 503 after this. ExoPlayer gives up a silent connection after 8 s, hls.js and
   * shaka-player after 10 s. A second timeout ends playback in shaka-player, a 503 does not
   * (docs/decisions/0011).
   */
  waitMs: number;
  /** Interval at which storage is polled, in case a signal is lost. */
  pollMs: number;
  /** A job that was lost or has failed is added again after this. */
  addAgainMs: number;
}

export const onDemandLimits: OnDemandLimits = {
  maxOutstanding: 64,
  waitMs: 6_500,
  pollMs: 2_000,
  addAgainMs: 6_000,
};

/** The audio of a new title starts with these, before anything else. */
const firstAudioSegments = 3;
/** A run of audio makes a segment in a fraction of this. If it waits in a queue or is stopped, it is late. */
const audioHeadStartMs = 1_000;

export interface OnDemandParts {
  reader: ObjectReader;
  promised: PromisedObjects;
  queue: DemandQueue;
  interest: DemandInterest;
  signals: StoredSignals;
  metrics: OriginMetrics;
  log: Pick<Logger, 'warn'>;
  damageLog: DamageLog;
}

/**
 * Orders the encoding of promised objects that are not stored yet, and waits once for all who request one.
 */
export class OnDemand {
  private readonly waits = new SharedWork<ReadObject | undefined>();
  /** Names this process among the origins that wait for a segment. */
  private readonly originId = randomUUID();

  constructor(
    private readonly parts: OnDemandParts,
    private readonly limits: OnDemandLimits = onDemandLimits,
  ) {}

  get outstanding(): number {
    return this.waits.size;
  }

  /**
   * Resolves to undefined if no plan promises the object. Rejects with 503 past either limit, with 410 if the
   * object is lost together with the title's source.
   */
  async obtain(media: MediaPath, caller: AbortSignal): Promise<ReadObject | undefined> {
    const promised = await this.parts.promised.find(media.publicationId, media.path);
    if (promised === undefined) return undefined;
    const key = publicationPrefix(media.publicationId) + media.path;
    if (promised === 'lost') throw this.lost(key);
    if (!this.waits.has(key) && this.waits.size >= this.limits.maxOutstanding) {
      this.parts.metrics.demands.inc({ outcome: 'refused' });
      throw notYet('Too many segments are being waited for.', '5');
    }
    const object = await this.waits.run(key, (abandoned) => this.wait(media, promised, abandoned), caller);
    if (!object) throw notYet('The segment is being encoded and is not ready yet.', '1');
    return object;
  }

  private async wait(
    media: MediaPath,
    promised: PromisedObject,
    abandoned: AbortSignal,
  ): Promise<ReadObject | undefined> {
    const { metrics, signals, log } = this.parts;
    const stored = new WakeableWait();
    const stopListening = signals.listen(media.publicationId, (path) => {
      if (announces(path, media.path)) stored.wake();
      else if (promised !== 'only-in-order' && path === runEndedPath(promised.renditionId)) stored.wake();
    });
    const isRepair = promised !== 'only-in-order' && promised.repairs !== undefined;
    if (isRepair) {
      metrics.damage.inc({ kind: 'missing' });
      log.warn({ ...media }, 'an object of a ready title is missing in storage: it is made again');
    }
    const end = metrics.demandSeconds.startTimer();
    try {
      const object = await this.pollUntilStored(media, promised, stored, abandoned);
      metrics.demands.inc({ outcome: outcomeOf(object, abandoned) });
      if (isRepair && object) {
        metrics.damage.inc({ kind: 'repaired' });
        log.warn({ ...media }, 'an object of a ready title was missing in storage and is stored again');
      }
      return object;
    } finally {
      end();
      stopListening();
      if (abandoned.aborted && promised !== 'only-in-order')
        await this.withdraw(promised).catch(() => undefined);
    }
  }

  /** Cached briefly: an operator may restore the source. */
  private lost(key: string): ProblemError {
    const message = `object ${key} is missing and cannot be made again: the source of its title is gone`;
    this.parts.metrics.damage.inc({ kind: 'lost' });
    this.parts.damageLog.note(key, message);
    return new ProblemError(
      410,
      'object-lost',
      'The object is lost, and so is the source that it was made from.',
      { headers: { 'cache-control': 'max-age=2' } },
    );
  }

  private async withdraw(demanded: DemandedSegment): Promise<void> {
    const { interest, queue } = this.parts;
    if (await interest.leave(addressOf(demanded), this.originId)) await queue.withdraw(demanded);
  }

  /**
   * Says that the segment is waited for, and adds its job unless a run is about to reach it. Resolves to
   * whether it added the job.
   */
  private async demand(demanded: DemandedSegment, mayAdd: boolean): Promise<boolean> {
    const { interest, queue } = this.parts;
    const segment = addressOf(demanded);
    await interest.wait(segment, this.originId);
    if (!mayAdd || (await interest.isRunAhead(segment))) return false;
    await queue.add(demanded);
    if (demanded.kind === 'video') await this.demandAudioBeside(demanded);
    return true;
  }

  /**
   * Demands the default audio of a video segment, so that both are encoded at the same time: hls.js requests
   * the audio of a new position only once it has the video.
   */
  private async demandAudioBeside({ plan, segmentIndex }: DemandedSegment): Promise<void> {
    const { publicationId, audio } = plan;
    const rendition = audio.find(({ isDefault }) => isDefault) ?? audio[0];
    if (!rendition) return;
    const path = `${audioFolder(rendition.renditionId)}/${segmentFile(segmentIndex)}`;
    const promised = await this.parts.promised.find(publicationId, path);
    if (promised === undefined || typeof promised === 'string') return;
    if ((await this.findHeadStartMs(promised)) > 0) return;
    if (await this.parts.reader.read(publicationPrefix(publicationId) + path)) return;
    await this.demand(promised, true);
  }

  private async pollUntilStored(
    media: MediaPath,
    promised: PromisedObject,
    stored: WakeableWait,
    abandoned: AbortSignal,
  ): Promise<ReadObject | undefined> {
    const key = publicationPrefix(media.publicationId) + media.path;
    const startedAt = performance.now();
    const deadline = startedAt + this.limits.waitMs;
    const demandAt = startedAt + (await this.findHeadStartMs(promised));
    let addedAt = Number.NEGATIVE_INFINITY;
    for (;;) {
      const object = await this.parts.reader.read(key);
      const left = deadline - performance.now();
      if (object || abandoned.aborted || left <= 0) return object;
      const beforeDemand = demandAt - performance.now();
      if (promised !== 'only-in-order' && beforeDemand <= 0) {
        const mayAdd = performance.now() - addedAt >= this.limits.addAgainMs;
        // Without Redis a running task may still store the segment, so the wait goes on.
        if (await this.demand(promised, mayAdd).catch(() => mayAdd)) addedAt = performance.now();
      }
      const untilDemand = beforeDemand > 0 ? beforeDemand : Number.POSITIVE_INFINITY;
      const timeoutMs = Math.min(this.limits.pollMs, left, untilDemand);
      await stored.wait({ timeoutMs, signal: abandoned });
    }
  }

  /** How long a run in order may take to store a segment before it is demanded. */
  private async findHeadStartMs(promised: PromisedObject): Promise<number> {
    // Nothing else makes a lost object.
    if (promised === 'only-in-order' || promised.kind === 'video' || promised.repairs) return 0;
    const { plan, renditionId, segmentIndex } = promised;
    const before = `${audioFolder(renditionId)}/${segmentFile(Math.max(0, segmentIndex - 1))}`;
    const isNext =
      segmentIndex < firstAudioSegments ||
      (await this.parts.reader.read(publicationPrefix(plan.publicationId) + before)) !== undefined;
    return isNext ? audioHeadStartMs : 0;
  }
}

function outcomeOf(object: ReadObject | undefined, abandoned: AbortSignal): string {
  if (object) return 'served';
  return abandoned.aborted ? 'abandoned' : 'late';
}

/** Whether a signal for `stored` announces `wanted` too: init segments precede it without one. */
function announces(stored: string, wanted: string): boolean {
  return stored === wanted || (wanted.endsWith(`/${initFile}`) && folderOf(stored) === folderOf(wanted));
}

function notYet(detail: string, retryAfterSeconds: string): ProblemError {
  return new ProblemError(503, 'not-encoded-yet', `${detail} Try again in ${retryAfterSeconds} s.`, {
    headers: { 'retry-after': retryAfterSeconds },
  });
}
