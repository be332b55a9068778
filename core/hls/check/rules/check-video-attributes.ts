import type { VariantView } from '#core/hls/check/presentation/list-variants.js';
import { findTrack, type LoadedRendition } from '#core/hls/check/presentation/loaded-presentation.js';
import type { VariantDefect } from '#core/hls/check/rules/finding.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';

/** Checks rules 2.3, 2.4 and 2.9: RESOLUTION, FRAME-RATE and VIDEO-RANGE match the media. */
export function* checkVideoAttributes({ entry, video }: VariantView): Generator<VariantDefect> {
  const track = video && findTrack(video, 'video');
  if (!track) return;
  const resolution = entry.attributes.get('RESOLUTION');
  const size = `${track.width}x${track.height}`;
  if (resolution && resolution !== size && !isDisplaySize(resolution, track)) {
    yield { rule: '2.3', message: `RESOLUTION declares ${resolution}, but the media is ${size}` };
  }
  yield* checkFrameRate(Number(entry.attributes.get('FRAME-RATE') ?? Number.NaN), video);
  if (track.transfer === undefined) return;
  const found = rangeOfTransfer.get(track.transfer) ?? 'SDR';
  const declared = entry.attributes.get('VIDEO-RANGE') ?? 'SDR';
  if (found !== declared) {
    yield { rule: '2.9', message: `VIDEO-RANGE declares ${declared}, but the media is ${found}` };
  }
}

/**
 * RFC 8216 4.3.4.2: RESOLUTION is the size at which to display, which may be that in square pixels, rounded.
 */
function isDisplaySize(resolution: string, track: TrackFacts): boolean {
  const [width = Number.NaN, height] = resolution.split('x').map(Number);
  return Math.abs(width - track.displayWidth) <= 1 && height === track.height;
}

function* checkFrameRate(declared: number, video: LoadedRendition): Generator<VariantDefect> {
  const found = measureFrameRate(video);
  if (!found || Number.isNaN(declared)) return;
  // FRAME-RATE has three decimals; timestamps of coarse time bases add a small error.
  const isTooLow = found.min > declared + 0.01;
  const isTooHigh = found.max - found.min < 0.1 && found.average < declared - 0.01;
  if (!isTooLow && !isTooHigh) return;
  const rate = found.average.toFixed(3);
  yield {
    rule: '2.4',
    message: `FRAME-RATE declares ${declared}, but the media has ${rate} frames per second`,
  };
}

/**
 * Frame rates of the segments that were read. FRAME-RATE declares the highest (RFC 8216 4.3.4.2), so the
 * average of a variable rate may be lower.
 */
function measureFrameRate({
  segments,
}: LoadedRendition): { average: number; min: number; max: number } | undefined {
  const timed = segments.filter(({ durationSeconds }) => durationSeconds > 0);
  if (timed.length === 0) return undefined;
  const frames = timed.reduce((sum, segment) => sum + segment.frames, 0);
  const duration = timed.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  const rates = timed.map((segment) => segment.frames / segment.durationSeconds);
  return {
    average: frames / duration,
    min: rates.reduce((min, rate) => Math.min(min, rate)),
    max: rates.reduce((max, rate) => Math.max(max, rate)),
  };
}

/** VIDEO-RANGE by transfer_characteristics of ISO/IEC 23091-2. */
const rangeOfTransfer = new Map([
  [16, 'PQ'],
  [18, 'HLG'],
]);
