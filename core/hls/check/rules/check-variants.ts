import {
  findTrack,
  type LoadedPresentation,
  type LoadedRendition,
  listVariants,
  type VariantView,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import { measureBitrates } from '#core/hls/measure-bitrates.js';
import type { MultivariantPlaylist } from '#core/hls/read/playlist.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';

/** How far measured bitrates may be from declared ones. */
const bitrateTolerance = 0.1;

/** Rules 2: what variants declare, and whether it is so. */
export function* checkVariants(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant } = presentation;
  if (!multivariant) return;
  const variants = listVariants(presentation);
  for (const variant of variants) {
    const report = (rule: Finding['rule'], message: string): Finding =>
      finding(rule, multivariant.uri, `variant ${variant.name}: ${message}`);
    yield* checkDeclared(variant, report);
    yield* checkCodecs(variant, report);
    yield* checkVideoRates(variant, report);
    yield* checkRange(variant, report);
    yield* checkBitrates(variant, multivariant, report);
  }
  yield* checkTogether(multivariant.uri, variants);
}

type Report = (rule: Finding['rule'], message: string) => Finding;

const required = ['BANDWIDTH', 'AVERAGE-BANDWIDTH', 'CODECS', 'RESOLUTION', 'FRAME-RATE'];

function* checkDeclared({ entry, video }: VariantView, report: Report): Generator<Finding> {
  const isAudioOnly = !entry.attributes.has('RESOLUTION') && video !== undefined && !hasVideo(video);
  const names = isAudioOnly ? required.slice(0, 3) : required;
  const missing = names.filter((name) => !entry.attributes.get(name));
  if (missing.length > 0) yield report('2.1', `it does not declare ${missing.join(', ')}`);
}

const hasVideo = (rendition: LoadedRendition): boolean =>
  rendition.tracks.length === 0 || findTrack(rendition, 'video') !== undefined;

/** HEVC's letters may be of either case (ISO/IEC 14496-15 E.3). */
const normalCodecs = (codecs: Iterable<string>): string =>
  [...new Set([...codecs].map((codec) => codec.trim().toLowerCase()))].sort().join(',');

/** Those of renditions that are looked at by themselves; a variant may name them (Apple's 5.10). */
const subtitleCodec = /^\s*(wvtt|stpp)/i;

function* checkCodecs({ entry, video, audio }: VariantView, report: Report): Generator<Finding> {
  const declared = entry.attributes.get('CODECS');
  const renditions = [...(video ? [video] : []), ...audio];
  if (!declared || renditions.some(({ codecStrings }) => codecStrings === undefined)) return;
  const codecs = renditions.flatMap(({ codecStrings }) => codecStrings ?? []);
  if (codecs.length === 0) return;
  // Frames of AAC in a transport stream do not tell of its high-efficiency kinds.
  const isStream = renditions.some(({ container }) => container === 'mpegts');
  const [wanted, found] = [declared.split(',').filter((codec) => !subtitleCodec.test(codec)), codecs].map(
    (each) =>
      normalCodecs(
        isStream ? each.map((codec) => codec.trim().replace(/^mp4a\.40\.(5|29)$/i, 'mp4a.40.2')) : each,
      ),
  );
  if (wanted !== found) yield report('2.2', `CODECS says ${wanted}, the media is ${found}`);
}

function* checkVideoRates({ entry, video }: VariantView, report: Report): Generator<Finding> {
  const track = video && findTrack(video, 'video');
  if (!track) return;
  const resolution = entry.attributes.get('RESOLUTION');
  const size = `${track.width}x${track.height}`;
  if (resolution && resolution !== size && !isDisplaySize(resolution, track)) {
    yield report('2.3', `RESOLUTION says ${resolution}, the media is ${size}`);
  }
  const declared = Number(entry.attributes.get('FRAME-RATE') ?? Number.NaN);
  const found = frameRateOf(video);
  if (!found || Number.isNaN(declared)) return;
  // Three decimals are declared; time stamps of coarse time bases add a little.
  const isTooLow = found.lowest > declared + 0.01;
  const isTooHigh = found.highest - found.lowest < 0.1 && found.average < declared - 0.01;
  if (isTooLow || isTooHigh) {
    const rate = found.average.toFixed(3);
    yield report('2.4', `FRAME-RATE says ${declared}, the media has ${rate} frames a second`);
  }
}

/** RFC 8216 4.3.4.2: the resolution at which to display it, which may be that of square pixels, rounded. */
function isDisplaySize(resolution: string, track: TrackFacts): boolean {
  const [width = Number.NaN, height] = resolution.split('x').map(Number);
  return Math.abs(width - track.displayWidth) <= 1 && height === track.height;
}

/**
 * Over the segments that were read. FRAME-RATE is the highest that occurs (RFC 8216 4.3.4.2): where the rate
 * varies, the average may be lower.
 */
function frameRateOf({
  segments,
}: LoadedRendition): { average: number; lowest: number; highest: number } | undefined {
  const lasting = segments.filter(({ durationSeconds }) => durationSeconds > 0);
  if (lasting.length === 0) return undefined;
  const frames = lasting.reduce((sum, segment) => sum + segment.frames, 0);
  const duration = lasting.reduce((sum, { durationSeconds }) => sum + durationSeconds, 0);
  const rates = lasting.map((segment) => segment.frames / segment.durationSeconds);
  return {
    average: frames / duration,
    lowest: rates.reduce((min, rate) => Math.min(min, rate)),
    highest: rates.reduce((max, rate) => Math.max(max, rate)),
  };
}

const rangeOfTransfer = new Map([
  [16, 'PQ'],
  [18, 'HLG'],
]);

function* checkRange({ entry, video }: VariantView, report: Report): Generator<Finding> {
  const transfer = video && findTrack(video, 'video')?.transfer;
  if (transfer === undefined) return;
  const found = rangeOfTransfer.get(transfer) ?? 'SDR';
  const declared = entry.attributes.get('VIDEO-RANGE') ?? 'SDR';
  if (found !== declared) yield report('2.9', `VIDEO-RANGE says ${declared}, the media is ${found}`);
}

function* checkBitrates(
  { entry, video, audio }: VariantView,
  { isBeingEncoded }: MultivariantPlaylist,
  report: Report,
): Generator<Finding> {
  const tracks = [video, ...audio].map((rendition) => rendition && measured(rendition));
  const [videoRates, ...audioRates] = tracks;
  if (!videoRates || audioRates.some((rates) => rates === undefined)) return;
  const maxOf = (name: 'peakBitsPerSecond' | 'averageBitsPerSecond'): number =>
    audioRates.reduce((max, rates) => Math.max(max, rates?.[name] ?? 0), 0);
  const peak = videoRates.peakBitsPerSecond + maxOf('peakBitsPerSecond');
  const average = videoRates.averageBitsPerSecond + maxOf('averageBitsPerSecond');
  for (const { rule, name, found } of [
    { rule: '2.5', name: 'AVERAGE-BANDWIDTH', found: average },
    { rule: '2.6', name: 'BANDWIDTH', found: peak },
  ] as const) {
    const declared = Number(entry.attributes.get(name) ?? Number.NaN);
    if (!(Math.abs(found - declared) > declared * bitrateTolerance)) continue;
    // Planned: the average is an estimate, the peak a bound.
    if (isBeingEncoded && (name === 'AVERAGE-BANDWIDTH' || found < declared)) continue;
    const percent = Math.round((100 * (found - declared)) / declared);
    yield report(rule, `${name} says ${declared}, measured ${found} bits a second (${percent} %)`);
  }
  if (peak > 2 * average) {
    yield report(
      '2.7',
      `the peak of ${peak} bits a second is ${Math.round((100 * peak) / average)} % of the average`,
    );
  }
}

type Measured = ReturnType<typeof measureBitrates> | undefined;

/**
 * By rendition: a hundred variants may play with the same hundred sounds, of a hundred thousand segments
 * each.
 */
const measurements = new WeakMap<LoadedRendition, { bitrates: Measured }>();

/** undefined where the bytes of some segments are not known, or more segments are to come. */
function measured(rendition: LoadedRendition): Measured {
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

function* checkTogether(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const valueOf = (name: string): (string | undefined)[] =>
    variants.map(({ entry }) => entry.attributes.get(name));
  const ranges = valueOf('VIDEO-RANGE');
  const undeclared = ranges.filter((range) => range === undefined).length;
  if (undeclared > 0 && ranges.some((range) => range !== undefined && range !== 'SDR')) {
    yield finding('2.8', uri, `${undeclared} of ${ranges.length} variants do not declare VIDEO-RANGE`);
  }
  const unscored = valueOf('SCORE').filter((score) => score === undefined).length;
  if (unscored > 0 && unscored < variants.length) {
    yield finding('2.10', uri, `${unscored} of ${variants.length} variants have no SCORE`);
  }
  yield* checkFirst(uri, variants);
}

const firstBitsPerSecond = 2_000_000;

/** Only variants of the first one's codec, range and sound are its alternatives. */
function* checkFirst(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const [first] = variants;
  if (!first) return;
  const bandwidthOf = ({ entry }: VariantView): number =>
    Number(entry.attributes.get('BANDWIDTH') ?? Number.NaN);
  const familyOf = ({ entry }: VariantView): string =>
    [
      entry.attributes.get('CODECS')?.slice(0, 4),
      entry.attributes.get('VIDEO-RANGE') ?? 'SDR',
      entry.attributes.get('AUDIO'),
    ].join(' ');
  const family = variants.filter((variant) => familyOf(variant) === familyOf(first)).map(bandwidthOf);
  const own = bandwidthOf(first);
  const between = family.filter((bandwidth) =>
    own > firstBitsPerSecond
      ? bandwidth < own && bandwidth >= firstBitsPerSecond
      : bandwidth > own && bandwidth <= firstBitsPerSecond,
  );
  if (between.length === 0) return;
  const message = `the first variant, ${first.name}, is at ${own} bits a second; one at ${between[0]} is nearer to ${firstBitsPerSecond}`;
  yield finding('2.11', uri, message);
}
