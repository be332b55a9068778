import type { JobsOptions } from 'bullmq';
import type { VideoCodec } from '#core/contracts/upload-settings.js';

/** One hash slot for everything, so the queues work on Redis Cluster too. */
export const queuePrefix = '{millrace}';

export const queueNames = [
  'analyse',
  'encode-h264',
  'encode-hevc',
  'encode-av1',
  'demand',
  'tracks',
  'publish',
] as const;
export type QueueName = (typeof queueNames)[number];

/** Segments that players wait for: a queue of its own, so that no long span stands between them and a worker. */
export const demandQueue: QueueName = 'demand';

export const encodeQueueOf = (codec: VideoCodec): QueueName => `encode-${codec}`;

/**
 * BullMQ priorities, 1 is first. A viewer waiting comes first; then the first spans of every title; then by position in
 * the title, so titles progress side by side and short ones finish early.
 */
export const priorities = {
  demand: 1,
  span: (spanIndex: number): number => 10 + Math.min(spanIndex, 1_000_000),
  audio: 10,
  /** After everything that a title needs: BullMQ's last is 2,097,152. */
  report: 2_000_000,
} as const;

/** Three tries with growing, jittered pauses; finished jobs are kept long enough to explain what happened. */
export const jobDefaults: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: { age: 3_600, count: 5_000 },
  removeOnFail: { age: 24 * 3_600, count: 5_000 },
  sizeLimit: 64 * 1024,
};

/** A stalled worker's job is given away after the lock (30 s) plus at most two stalled checks (15 s each). */
export const workerDefaults = { lockDuration: 30_000, stalledInterval: 15_000, maxStalledCount: 3 } as const;

/** Redis keys and channels outside the queues. */
export const redisKeys = {
  progressChannel: (titleId: string): string => `${queuePrefix}:progress:${titleId}`,
  /** Every title's progress, for listeners that follow all of them. */
  progressPattern: `${queuePrefix}:progress:*`,
  /** Set of `folder/index` of stored segments: counts right however often a segment is tried. */
  storedSegments: (publicationId: string): string => `${queuePrefix}:stored:${publicationId}`,
  /** A segment was stored: message is its path inside the publication. Wakes the origin's waiting requests. */
  storedChannel: (publicationId: string): string => `${queuePrefix}:stored-now:${publicationId}`,
  storedPattern: `${queuePrefix}:stored-now:*`,
  /** Sorted set, all scores 0, members title ids: newest first by ZREVRANGEBYLEX. */
  catalogue: `${queuePrefix}:catalogue`,
  /** One string key an edge, expiring in three seconds, holding its heartbeat as JSON. */
  edge: (edgeId: string): string => `${queuePrefix}:edge:${edgeId}`,
  /** Set of edge ids ever seen, so that delivery need not SCAN. */
  edges: `${queuePrefix}:edges`,
} as const;
