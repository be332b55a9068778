import type { Redis } from 'ioredis';
import { z } from 'zod';
import type { Plan, VideoRung } from '#core/contracts/plan.js';
import { type FrameRange, segmentFrames, steppedFrames } from '#core/contracts/segment-grid.js';
import { type VideoCodec, videoCodecSchema } from '#core/contracts/upload-settings.js';
import { awaitRedis } from '#core/queue/await-redis.js';
import { redisKeys } from '#core/queue/queues.js';

const encodeSpeedSchema = z.object({
  /** Megapixels of `countMegapixels` per wall second, once frames come out. */
  megapixelsPerSecond: z.number().positive(),
  /** From a worker's taking of a job to ffmpeg's first output: its start, the seek and the first decode. */
  startupSeconds: z.number().nonnegative(),
  /** Unix time of the last measurement, ms; null for a default. */
  measuredAtMs: z.number().nullable(),
});
export type EncodeSpeed = z.infer<typeof encodeSpeedSchema>;

/** How fast the pool encodes what somebody waits for, by codec. */
export type EncodeSpeeds = Readonly<Record<VideoCodec, EncodeSpeed>>;

/** One run that had its worker to itself: a demand or a head start. */
export interface EncodeSpeedSample {
  /** Work of the encoded frames, from `countMegapixels`. */
  megapixels: number;
  /** Wall time of the whole run, its startup included. */
  seconds: number;
  startupSeconds: number;
}

const guess = (megapixelsPerSecond: number): EncodeSpeed => ({
  megapixelsPerSecond,
  startupSeconds: 0.7,
  measuredAtMs: null,
});

/**
 * Assumed until a run is measured: two slow cores. Too low a guess offers fewer rungs for some seconds, too
 * high a guess makes players wait.
 */
export const defaultEncodeSpeeds: EncodeSpeeds = { h264: guess(60), hevc: guess(10), av1: guess(10) };

/**
 * Cost of a decoded pixel, the frames before the first key frame included, relative to an encoded one. x264
 * veryfast: 6.9 ms of CPU time per megapixel decoded, 18 to 23 ms encoded, 720p to 234p. Without it, small
 * rungs of a large source would understate the speed, and larger rungs would be predicted too slow.
 */
const decodedPixelWeight: Record<VideoCodec, number> = { h264: 0.35, hevc: 0.1, av1: 0.1 };
/** Weight of a new measurement; the older the last one, the more. */
const minSampleWeight = 0.3;
const sampleHalfLifeMs = 10 * 60_000;

/** The parts of a plan and of a rung that decide how much work a segment is. */
type WorkPlan = Pick<Plan, 'video' | 'grid'>;
type WorkRung = Pick<VideoRung, 'codec' | 'width' | 'height' | 'frameStep'>;

/**
 * Counts the work of a run that encodes a range of full-rate frames for one rung: the megapixels of the
 * encoded frames, and of the decoded ones at their lower cost.
 */
export function countMegapixels(
  { video, grid }: WorkPlan,
  { codec, width, height, frameStep }: WorkRung,
  frames: FrameRange,
): number {
  const gridRate = grid.frameRate.numerator / grid.frameRate.denominator;
  const decodedFrames = ((frames.end - frames.first) * video.averageFramesPerSecond) / gridRate;
  const encoded = steppedFrames(frames, frameStep);
  const decodedPixels = decodedFrames * video.codedWidth * video.codedHeight;
  const encodedPixels = (encoded.end - encoded.first) * width * height;
  return (encodedPixels + decodedPixels * decodedPixelWeight[codec]) / 1e6;
}

/**
 * Predicts the seconds from a worker's taking of a demand for a rung's segment until the segment is stored.
 */
export function predictSegmentSeconds(plan: WorkPlan, rung: WorkRung, speeds: EncodeSpeeds): number {
  const { startupSeconds, megapixelsPerSecond } = speeds[rung.codec];
  return startupSeconds + countMegapixels(plan, rung, segmentFrames(plan.grid, 0)) / megapixelsPerSecond;
}

/**
 * Adds a measurement to the pool's moving average. Ignores runs too short to measure. Rejects while Redis is
 * down. Of two reports at the same instant one may be lost, which an average can bear.
 */
export async function reportEncodeSpeed(
  redis: Redis,
  codec: VideoCodec,
  sample: EncodeSpeedSample,
  nowMs = Date.now(),
): Promise<void> {
  const encodingSeconds = sample.seconds - sample.startupSeconds;
  if (!(encodingSeconds > 0 && sample.megapixels > 0 && sample.startupSeconds >= 0)) return;
  const measured: EncodeSpeed = {
    megapixelsPerSecond: sample.megapixels / encodingSeconds,
    startupSeconds: sample.startupSeconds,
    measuredAtMs: nowMs,
  };
  const known = parseSpeed(await awaitRedis(redis.hget(redisKeys.encodeSpeeds, codec)));
  const averaged = known ? average(known, measured, nowMs) : measured;
  await awaitRedis(redis.hset(redisKeys.encodeSpeeds, codec, JSON.stringify(averaged)));
}

/** Reads the speeds of all codecs, with defaults for those never measured. Rejects while Redis is down. */
export async function readEncodeSpeeds(redis: Redis): Promise<EncodeSpeeds> {
  const texts = await awaitRedis(redis.hmget(redisKeys.encodeSpeeds, ...videoCodecSchema.options));
  const speeds = { ...defaultEncodeSpeeds };
  for (const [index, codec] of videoCodecSchema.options.entries())
    speeds[codec] = parseSpeed(texts[index]) ?? defaultEncodeSpeeds[codec];
  return speeds;
}

function average(known: EncodeSpeed, measured: EncodeSpeed, nowMs: number): EncodeSpeed {
  const ageMs = Math.max(0, nowMs - (known.measuredAtMs ?? 0));
  const weight = Math.max(minSampleWeight, 1 - 2 ** (-ageMs / sampleHalfLifeMs));
  const mix = (before: number, now: number): number => before * (1 - weight) + now * weight;
  return {
    // Averages the seconds per megapixel: what is predicted is time.
    megapixelsPerSecond: 1 / mix(1 / known.megapixelsPerSecond, 1 / measured.megapixelsPerSecond),
    startupSeconds: mix(known.startupSeconds, measured.startupSeconds),
    measuredAtMs: nowMs,
  };
}

function parseSpeed(text: string | null | undefined): EncodeSpeed | undefined {
  if (text == null) return undefined;
  try {
    return encodeSpeedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}
