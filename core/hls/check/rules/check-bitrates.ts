import type { VariantView } from '#core/hls/check/presentation/list-variants.js';
import type { LoadedRendition } from '#core/hls/check/presentation/loaded-presentation.js';
import type { VariantDefect } from '#core/hls/check/rules/finding.js';
import { measureBitrates } from '#core/hls/measure-bitrates.js';

/** Allowed deviation of measured from declared bitrates. */
const tolerance = 0.1;

/** Checks rules 2.5 to 2.7: bandwidths match the media, if the size of every segment is known. */
export function* checkBitrates(
  { entry, video, audio }: VariantView,
  isBeingEncoded: boolean,
): Generator<VariantDefect> {
  const [videoRates, ...audioRates] = [video, ...audio].map((each) => each && bitratesOf(each));
  if (!videoRates || audioRates.some((rates) => rates === undefined)) return;
  const maxAudio = (name: 'peakBitsPerSecond' | 'averageBitsPerSecond'): number =>
    audioRates.reduce((max, rates) => Math.max(max, rates?.[name] ?? 0), 0);
  const peak = videoRates.peakBitsPerSecond + maxAudio('peakBitsPerSecond');
  const average = videoRates.averageBitsPerSecond + maxAudio('averageBitsPerSecond');
  for (const { rule, name, found } of [
    { rule: '2.5', name: 'AVERAGE-BANDWIDTH', found: average },
    { rule: '2.6', name: 'BANDWIDTH', found: peak },
  ] as const) {
    const declared = Number(entry.attributes.get(name) ?? Number.NaN);
    if (!(Math.abs(found - declared) > declared * tolerance)) continue;
    // Planned bandwidths: the average is an estimate, the peak an upper bound.
    if (isBeingEncoded && (name === 'AVERAGE-BANDWIDTH' || found < declared)) continue;
    const percent = Math.round((100 * (found - declared)) / declared);
    yield { rule, message: `${name} declares ${declared}, measured ${found} bits per second (${percent} %)` };
  }
  if (peak > 2 * average) {
    const percent = Math.round((100 * peak) / average);
    yield { rule: '2.7', message: `the peak of ${peak} bits per second is ${percent} % of the average` };
  }
}

type Measured = ReturnType<typeof measureBitrates> | undefined;

/**
 * Measured once per rendition: a hundred variants may share audio renditions of a hundred thousand segments
 * each.
 */
const measurements = new WeakMap<LoadedRendition, { bitrates: Measured }>();

/** undefined if the size of a segment is unknown, or if the playlist is not complete. */
function bitratesOf(rendition: LoadedRendition): Measured {
  const known = measurements.get(rendition) ?? { bitrates: measure(rendition) };
  measurements.set(rendition, known);
  return known.bitrates;
}

function measure({ playlist, segmentBytes }: LoadedRendition): Measured {
  const target = playlist.targetDurationSeconds;
  if (!playlist.isEnded || target === undefined || playlist.segments.length === 0) return undefined;
  const sizes = playlist.segments.flatMap(({ durationSeconds, isGap }, index) => {
    const bytes = segmentBytes[index];
    return bytes === undefined || isGap ? [] : [{ bytes, seconds: durationSeconds }];
  });
  return sizes.length === playlist.segments.length ? measureBitrates(sizes, target) : undefined;
}
