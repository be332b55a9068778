import type { Redis } from 'ioredis';
import type { PublicationId } from '#core/contracts/ids.js';
import type { Plan } from '#core/contracts/plan.js';
import { parseSegmentPath, publicationPrefix } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { ProgressEvent } from '#core/contracts/title-resource.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import { StoredSegments, storedBitOf } from '#core/titles/stored-segments.js';

/** A set of stored segments expires this long after its last change. */
const keptSeconds = 7 * 24 * 3600;
const maxMembersPerCommand = 1_000;

export type SegmentCounts = Pick<ProgressEvent, 'segmentsStored' | 'segmentsTotal'>;

/**
 * Which segments of each title are stored: a set of all and a bitmap of the video's in Redis for each
 * publication, and an event for each change. Progress is a hint, the title record is the truth: while Redis
 * is down counts are 0 and events are lost, never work.
 */
export class TitleProgress {
  /** `onLost` is called with the reason when an event could not be published. */
  constructor(
    private readonly redis: Redis,
    private readonly onLost: (error: unknown) => void = () => undefined,
  ) {}

  /** Counts the stored segments of a title. A `ready` title has all; one without a publication has 0 of 0. */
  async count({ state, publication }: Pick<TitleRecord, 'state' | 'publication'>): Promise<SegmentCounts> {
    if (!publication) return { segmentsStored: 0, segmentsTotal: 0 };
    const segmentsTotal = publication.renditionIds.length * publication.segmentCount;
    if (state === 'ready') return { segmentsStored: segmentsTotal, segmentsTotal };
    try {
      const stored = await awaitRedis(this.redis.scard(redisKeys.storedSegments(publication.publicationId)));
      return { segmentsStored: Math.min(stored, segmentsTotal), segmentsTotal };
    } catch {
      return { segmentsStored: 0, segmentsTotal };
    }
  }

  async eventOf(record: TitleRecord): Promise<ProgressEvent> {
    return {
      titleId: record.titleId,
      state: record.state,
      ...(await this.count(record)),
      ...(record.failure ? { failure: record.failure } : {}),
      at: new Date().toISOString(),
    };
  }

  /** Publishes that a title entered another state. */
  async titleChanged(record: TitleRecord): Promise<void> {
    await this.attempt(async () => this.publish(await this.eventOf(record)));
  }

  /** Counts and publishes a stored segment by its path inside the publication: `v/h264-720/00041.m4s`. */
  async segmentStored(plan: Plan, path: string): Promise<void> {
    const segmentsTotal = (plan.rungs.length + plan.audio.length) * plan.grid.segmentCount;
    const key = redisKeys.storedSegments(plan.publicationId);
    const bitsKey = redisKeys.storedBits(plan.publicationId);
    const bit = storedBitOf(plan, path);
    await this.attempt(async () => {
      const commands = this.redis.multi().sadd(key, path).scard(key).expire(key, keptSeconds);
      if (bit !== undefined) commands.setbit(bitsKey, bit, 1).expire(bitsKey, keptSeconds);
      const results = await commands.publish(redisKeys.storedChannel(plan.publicationId), path).exec();
      const stored = Number(results?.[1]?.[1] ?? 0);
      await this.publish({
        titleId: plan.titleId,
        state: 'playable',
        segmentsStored: Math.min(stored, segmentsTotal),
        segmentsTotal,
        at: new Date().toISOString(),
      });
    });
  }

  /** Reads which video segments are stored. Rejects while Redis is down. */
  async readStored(plan: Plan): Promise<StoredSegments> {
    const bits = await awaitRedis(this.redis.getBuffer(redisKeys.storedBits(plan.publicationId)));
    return new StoredSegments(plan, bits ?? undefined);
  }

  /**
   * Restores the counts from a listing of storage, after Redis has lost them. Rejects while Redis is down.
   */
  async recount(store: ObjectStore, plan: Plan): Promise<void> {
    const { publicationId } = plan;
    const prefix = publicationPrefix(publicationId);
    const stored: string[] = [];
    for await (const { key } of listAll(store, prefix)) {
      const path = key.slice(prefix.length);
      if (parseSegmentPath(path)) stored.push(path);
    }
    if (stored.length === 0) return;
    const setKey = redisKeys.storedSegments(publicationId);
    const bitsKey = redisKeys.storedBits(publicationId);
    for (let start = 0; start < stored.length; start += maxMembersPerCommand) {
      const paths = stored.slice(start, start + maxMembersPerCommand);
      await this.redis.sadd(setKey, ...paths);
      const setBits = this.redis.pipeline();
      for (const bit of paths.flatMap((path) => storedBitOf(plan, path) ?? []))
        setBits.setbit(bitsKey, bit, 1);
      await setBits.exec();
    }
    await this.redis.expire(setKey, keptSeconds);
    await this.redis.expire(bitsKey, keptSeconds);
  }

  /** Removes the counts of a publication. Rejects while Redis is down. */
  async forget(publicationId: PublicationId): Promise<void> {
    await this.redis.del(redisKeys.storedSegments(publicationId), redisKeys.storedBits(publicationId));
  }

  private async publish(event: ProgressEvent): Promise<void> {
    await this.redis.publish(redisKeys.progressChannel(event.titleId), JSON.stringify(event));
  }

  /** An encode that reports a segment does not wait for a Redis that hangs. */
  private async attempt(work: () => Promise<void>): Promise<void> {
    try {
      await awaitRedis(work());
    } catch (error) {
      this.onLost(error);
    }
  }
}
