import type { Measurement, Plan, VideoRung } from '#core/contracts/plan.js';

export interface Bitrates {
  peakBitsPerSecond: number;
  averageBitsPerSecond: number;
}

/** Boxes and the encoder's rate control put a segment of sound above its nominal bitrate by up to this much. */
const audioPeakOverNominal = 1.1;

/**
 * BANDWIDTH and AVERAGE-BANDWIDTH of the variant that `rung` makes with the costliest of the audio renditions (RFC 8216
 * 4.3.4.2: the largest sum of a playable combination). Measured where a measurement is there, else as planned.
 */
export function bitratesOf(plan: Plan, rung: VideoRung, measurement: Measurement | undefined): Bitrates {
  const video = measurement?.renditions[rung.renditionId] ?? {
    peakBitsPerSecond: rung.declaredPeakBitsPerSecond,
    averageBitsPerSecond: Math.min(rung.expectedBitsPerSecond, rung.declaredPeakBitsPerSecond),
  };
  const audio = plan.audio.map(
    ({ renditionId, bitsPerSecond }) =>
      measurement?.renditions[renditionId] ?? {
        peakBitsPerSecond: Math.ceil(bitsPerSecond * audioPeakOverNominal),
        averageBitsPerSecond: bitsPerSecond,
      },
  );
  return {
    peakBitsPerSecond: video.peakBitsPerSecond + Math.max(...audio.map((track) => track.peakBitsPerSecond)),
    averageBitsPerSecond:
      video.averageBitsPerSecond + Math.max(...audio.map((track) => track.averageBitsPerSecond)),
  };
}
