import type { Plan, VideoRung } from '#core/contracts/plan.js';
import { videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import { type EncodeSpeeds, predictSegmentSeconds } from '#core/queue/encode-speeds.js';
import type { StoredSegments } from '#core/titles/stored-segments.js';

/** How much of a title that is still being encoded exists, and how fast the pool makes the rest. */
export interface Readiness {
  speeds: EncodeSpeeds;
  stored: StoredSegments;
}

/**
 * Share of a segment's duration that its encoding may take. At one half a player that shares the pool with
 * another viewer still gets segments as fast as it plays them.
 */
const maxEncodeShare = 0.5;
/**
 * A player that starts may wait this long for a segment. Also applies to segments shorter than two seconds.
 */
const quickSeconds = 1;
/** Players fetch about this many segments before they show the first frame. */
const startSegments = 2;
/**
 * Encode time of a rung's first segments while they are not stored. shaka-player, for one, starts with the
 * highest variant that fits its own estimate of the bandwidth, whichever is listed first.
 */
const maxStartSeconds = 2;

export interface RungReadiness {
  rung: VideoRung;
  predictedSeconds: number;
  /** Why not to offer the rung yet; undefined if players get its segments in time. */
  tooSlow: string | undefined;
  /** Whether playback from the start begins within about a second of encoding. */
  isQuick: boolean;
}

/** Judges whether players get the segments of a rung in time. Pure. */
export function judgeReadiness(plan: Plan, rung: VideoRung, { speeds, stored }: Readiness): RungReadiness {
  const { segmentCount } = plan.grid;
  const predictedSeconds = predictSegmentSeconds(plan, rung, speeds);
  const segmentSeconds = videoSegmentSeconds(plan.grid, 0, rung.frameStep);
  const count = stored.count(rung.renditionId);
  const isStartReady = isStartStored(plan, rung, stored);
  const inTimeSeconds = segmentSeconds * maxEncodeShare;
  const allowedSeconds = Math.max(
    quickSeconds,
    isStartReady ? inTimeSeconds : Math.min(inTimeSeconds, maxStartSeconds),
  );
  const isInTime = count === segmentCount || predictedSeconds <= allowedSeconds;
  return {
    rung,
    predictedSeconds,
    tooSlow: isInTime
      ? undefined
      : `speed: a segment takes about ${predictedSeconds.toFixed(1)} s to encode, more than ` +
        `${allowedSeconds.toFixed(1)} s; ${count} of ${segmentCount} segments are stored`,
    isQuick: predictedSeconds <= quickSeconds || isStartReady,
  };
}

function isStartStored({ grid }: Plan, { renditionId }: VideoRung, stored: StoredSegments): boolean {
  for (let index = 0; index < Math.min(startSegments, grid.segmentCount); index += 1)
    if (!stored.has(renditionId, index)) return false;
  return true;
}
