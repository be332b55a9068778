import type { Measurement, Plan, VideoRung } from '#core/contracts/plan.js';
import type { Bitrates } from '#core/hls/measure-bitrates.js';

/**
 * How far an audio segment may exceed the nominal bitrate, because of box overhead and the encoder's rate
 * control.
 */
const audioPeakOverNominal = 1.1;

/**
 * BANDWIDTH and AVERAGE-BANDWIDTH of a rung's variant: video plus the audio rendition with the highest
 * bitrate (RFC 8216 4.3.4.2: the largest sum of a playable combination). Planned bitrates stand in for those
 * not yet measured.
 */
export function sumVariantBitrates(
  plan: Plan,
  rung: VideoRung,
  measurement: Measurement | undefined,
): Bitrates {
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
