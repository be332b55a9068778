import type { Redis } from 'ioredis';
import { videoFolder } from '#core/contracts/publication-layout.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys, type SegmentAddress } from '#core/queue/queues.js';

/** Consecutive segments that a worker encodes for players. */
export interface DemandedRun {
  publicationId: string;
  renditionId: string;
  firstSegment: number;
  /** The segment that is being encoded. */
  nextSegment: number;
  /** The segment before which the run ends. */
  endSegment: number;
}

/** Who wants the segments that a run makes next. */
export interface RunAudience {
  /** A request waits for one of its segments. */
  isWaitedFor: boolean;
  /** A player has lately requested the next segment, or one shortly before it. */
  isFollowed: boolean;
  /** Another run starts at its next segment. */
  isTakenOver: boolean;
}

export interface DemandLimits {
  /** Segments that a run goes beyond the last request. */
  maxSegmentsAhead: number;
  /** Segments of one run; bounds its output file and the cost of a lost worker. */
  maxRunSegments: number;
  /** A run further away than this is not joined: encoding the segment at once is faster. */
  maxJoinedSegments: number;
  /** A player that has requested nothing for this long is gone. A full buffer asks once a segment, 6 s. */
  interestMs: number;
  /** Waiting origins and live runs repeat themselves several times within this. */
  announcedMs: number;
}

export const demandLimits: DemandLimits = {
  maxSegmentsAhead: 3,
  maxRunSegments: 10,
  maxJoinedSegments: 1,
  interestMs: 10_000,
  announcedMs: 6_000,
};

/**
 * What origins and workers tell each other about demanded segments, in keys of Redis that expire by
 * themselves: no clocks are compared, and what a killed process leaves behind is gone within seconds. All of
 * it only saves work; demands are the queue's.
 */
export class DemandInterest {
  constructor(
    private readonly redis: Redis,
    private readonly limits: DemandLimits = demandLimits,
  ) {}

  /** Says that an origin waits for a segment. Repeated while it waits. */
  async wait(segment: SegmentAddress, originId: string): Promise<void> {
    const { announcedMs, interestMs } = this.limits;
    const key = redisKeys.segmentWaiters(segment);
    await awaitRedis(
      this.redis
        .multi()
        .sadd(key, originId)
        .pexpire(key, announcedMs)
        .set(redisKeys.segmentRequest(segment), '1', 'PX', interestMs)
        .exec(),
    );
  }

  /**
   * Says that the players of an origin have left. Resolves to whether nobody waits any more; the segments
   * before it then count as requested no longer, so that a run which follows their players ends.
   */
  async leave(segment: SegmentAddress, originId: string): Promise<boolean> {
    const key = redisKeys.segmentWaiters(segment);
    const results = await awaitRedis(this.redis.multi().srem(key, originId).scard(key).exec());
    if (Number(results?.[1]?.[1] ?? 0) > 0) return false;
    const trail = addressesOf(
      segment,
      segment.segmentIndex - this.limits.maxSegmentsAhead,
      1 + this.limits.maxSegmentsAhead,
    );
    await awaitRedis(this.redis.del(trail.map(redisKeys.segmentRequest)));
    return true;
  }

  /** Says that a player has requested a segment that is stored. */
  async request(segment: SegmentAddress): Promise<void> {
    await this.redis.set(redisKeys.segmentRequest(segment), '1', 'PX', this.limits.interestMs);
  }

  /** Whether a run is about to encode the segment. */
  async isRunAhead(segment: SegmentAddress): Promise<boolean> {
    const { maxRunSegments, maxJoinedSegments } = this.limits;
    const firsts = addressesOf(segment, segment.segmentIndex - maxRunSegments + 1, maxRunSegments);
    const runs = await awaitRedis(this.redis.mget(firsts.map(redisKeys.demandedRun)));
    return runs.some((run) => {
      const [next = Number.NaN, end = Number.NaN] = (run ?? '').split('-').map(Number);
      const distance = segment.segmentIndex - next;
      return segment.segmentIndex < end && distance >= 0 && distance <= maxJoinedSegments;
    });
  }

  /** Announces the run that a job is about to start, so that requests for the next segments join it. */
  async expectRun(first: SegmentAddress): Promise<void> {
    const { maxRunSegments, announcedMs } = this.limits;
    const run = `${first.segmentIndex}-${first.segmentIndex + maxRunSegments}`;
    // `NX`: a worker that has the job already knows better.
    await awaitRedis(this.redis.set(redisKeys.demandedRun(first), run, 'PX', announcedMs, 'NX'));
  }

  /** Announces a live run, and resolves to who wants it. */
  async announceRun(run: DemandedRun): Promise<RunAudience> {
    const { maxSegmentsAhead, announcedMs } = this.limits;
    const { nextSegment, endSegment } = run;
    const coming = addressesOf(run, nextSegment, endSegment - nextSegment);
    // The next one too: a player whose request was answered 503 asks for it again in a moment.
    const trail = addressesOf(run, nextSegment - maxSegmentsAhead, 1 + maxSegmentsAhead);
    const results = await awaitRedis(
      this.redis
        .multi()
        .set(redisKeys.demandedRun(firstOf(run)), `${nextSegment}-${endSegment}`, 'PX', announcedMs)
        .exists(coming.map(redisKeys.segmentWaiters))
        .exists(trail.map(redisKeys.segmentRequest))
        .exists(redisKeys.demandedRun({ ...firstOf(run), segmentIndex: nextSegment }))
        .exec(),
    );
    const [waiting = 0, requested = 0, others = 0] = (results ?? [])
      .slice(1)
      .map((result) => Number(result[1]));
    return {
      isWaitedFor: waiting > 0,
      isFollowed: requested > 0,
      isTakenOver: others > 0 && nextSegment > run.firstSegment,
    };
  }

  /** Announces that a run has ended, and wakes the origins that may have joined it. */
  async endRun(first: SegmentAddress): Promise<void> {
    await awaitRedis(
      this.redis
        .multi()
        .del(redisKeys.demandedRun(first))
        .publish(redisKeys.storedChannel(first.publicationId), runEndedPath(first.renditionId))
        .exec(),
    );
  }
}

/** Published in place of a stored segment's path when a run of the rendition has ended. */
export const runEndedPath = (renditionId: string): string => `${videoFolder(renditionId)}/run-ended`;

export function firstOf({ publicationId, renditionId, firstSegment }: DemandedRun): SegmentAddress {
  return { publicationId, renditionId, segmentIndex: firstSegment };
}

/** Addresses of consecutive segments. Negative ones name keys that never exist. */
function addressesOf(
  { publicationId, renditionId }: Omit<SegmentAddress, 'segmentIndex'>,
  firstSegment: number,
  count: number,
): SegmentAddress[] {
  return Array.from({ length: count }, (_, index) => ({
    publicationId,
    renditionId,
    segmentIndex: firstSegment + index,
  }));
}
