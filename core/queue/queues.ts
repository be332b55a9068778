import type { JobsOptions } from 'bullmq';
import type { VideoCodec } from '#core/contracts/upload-settings.js';

/** The braces put every key into one hash slot, as BullMQ needs on Redis Cluster. */
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

/** The queue for segments that players wait for: in one of its own, no demand waits behind a long span. */
export const demandQueue: QueueName = 'demand';

export const encodeQueueOf = (codec: VideoCodec): QueueName => `encode-${codec}`;

/**
 * BullMQ priorities; 1 is the highest. Spans rank by their position in the title, so that titles progress
 * side by side and short ones finish early.
 */
export const priorities = {
  demand: 1,
  headStart: 2,
  span: (spanIndex: number): number => 10 + Math.min(spanIndex, 1_000_000),
  audio: 10,
  /** Below everything that a title needs. BullMQ's lowest priority is 2,097,152. */
  report: 2_000_000,
} as const;

/**
 * Three attempts with growing, jittered pauses. Finished jobs are kept for a while, to explain what happened.
 */
export const jobDefaults: JobsOptions = {
  attempts: 3,
  backoff: { type: 'exponential', delay: 1_000, jitter: 0.5 },
  removeOnComplete: { age: 3_600, count: 5_000 },
  removeOnFail: { age: 24 * 3_600, count: 5_000 },
  sizeLimit: 64 * 1024,
};

/** Another worker gets a stalled job after at most the lock's 30 s and two stalled checks of 15 s. */
export const workerDefaults = { lockDuration: 30_000, stalledInterval: 15_000, maxStalledCount: 3 } as const;

/** One segment of one rendition. */
export interface SegmentAddress {
  publicationId: string;
  renditionId: string;
  segmentIndex: number;
}

const addressOf = ({ publicationId, renditionId, segmentIndex }: SegmentAddress): string =>
  `${publicationId}:${renditionId}:${segmentIndex}`;

/** Redis keys and channels outside the queues. */
export const redisKeys = {
  progressChannel: (titleId: string): string => `${queuePrefix}:progress:${titleId}`,
  /** Pattern of every title's progress channel. */
  progressPattern: `${queuePrefix}:progress:*`,
  /**
   * Set of stored segments' paths inside the publication: a segment that is stored again still counts once.
   */
  storedSegments: (publicationId: string): string => `${queuePrefix}:stored:${publicationId}`,
  /** Bitmap of stored video segments, see `core/titles/stored-segments.ts`. */
  storedBits: (publicationId: string): string => `${queuePrefix}:stored-bits:${publicationId}`,
  /**
   * Announces each stored segment by its path inside the publication; wakes the origin's waiting requests.
   */
  storedChannel: (publicationId: string): string => `${queuePrefix}:stored-now:${publicationId}`,
  storedPattern: `${queuePrefix}:stored-now:*`,
  /** Set of the origins that wait for a segment. Expires unless they repeat it. */
  segmentWaiters: (segment: SegmentAddress): string => `${queuePrefix}:waiters:${addressOf(segment)}`,
  /** Exists for a while after a player has requested the segment, stored or not. */
  segmentRequest: (segment: SegmentAddress): string => `${queuePrefix}:requested:${addressOf(segment)}`,
  /** A demanded run, by its first segment: `next-end`. Expires unless it is repeated. */
  demandedRun: (first: SegmentAddress): string => `${queuePrefix}:run:${addressOf(first)}`,
  /** Set of the machines that were ever without work. */
  idleMachines: `${queuePrefix}:idle-machines`,
  /** Exists while a worker on the machine has nothing to do. */
  idleMachine: (machineId: string): string => `${queuePrefix}:idle-machine:${machineId}`,
  /** Sorted set of title ids, all with score 0: ZREVRANGEBYLEX lists the newest first. */
  catalogue: `${queuePrefix}:catalogue`,
  /** Heartbeat of one edge as JSON; the key expires soon after the last one. */
  edge: (edgeId: string): string => `${queuePrefix}:edge:${edgeId}`,
  /** Set of all edge ids ever seen; saves delivery a SCAN. */
  edges: `${queuePrefix}:edges`,
  /** Hash from codec to how fast the pool encodes demands, as JSON. */
  encodeSpeeds: `${queuePrefix}:encode-speeds`,
} as const;
