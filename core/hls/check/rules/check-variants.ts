import { listVariants, type VariantView } from '#core/hls/check/presentation/list-variants.js';
import {
  findTrack,
  type LoadedPresentation,
  type LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { checkBitrates } from '#core/hls/check/rules/check-bitrates.js';
import { checkVideoAttributes } from '#core/hls/check/rules/check-video-attributes.js';
import { type Finding, finding, type VariantDefect } from '#core/hls/check/rules/finding.js';

/** Checks rules 2: the attributes of variants exist and match the media. */
export function* checkVariants(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant } = presentation;
  if (!multivariant) return;
  const variants = listVariants(presentation);
  for (const variant of variants) {
    for (const { rule, message } of [
      ...checkDeclared(variant),
      ...checkCodecs(variant),
      ...checkVideoAttributes(variant),
      ...checkBitrates(variant, multivariant.isBeingEncoded),
    ]) {
      yield finding(rule, multivariant.uri, `variant ${variant.name}: ${message}`);
    }
  }
  yield* checkAllOrNone(multivariant.uri, variants);
  yield* checkFirstVariant(multivariant.uri, variants);
}

const required = ['BANDWIDTH', 'AVERAGE-BANDWIDTH', 'CODECS', 'RESOLUTION', 'FRAME-RATE'];

function* checkDeclared({ entry, video }: VariantView): Generator<VariantDefect> {
  const isAudioOnly = !entry.attributes.has('RESOLUTION') && video !== undefined && !hasVideo(video);
  const names = isAudioOnly ? required.slice(0, 3) : required;
  const missing = names.filter((name) => !entry.attributes.get(name));
  if (missing.length > 0) yield { rule: '2.1', message: `it does not declare ${missing.join(', ')}` };
}

const hasVideo = (rendition: LoadedRendition): boolean =>
  rendition.tracks.length === 0 || findTrack(rendition, 'video') !== undefined;

function* checkAllOrNone(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const valuesOf = (name: string): (string | undefined)[] =>
    variants.map(({ entry }) => entry.attributes.get(name));
  const ranges = valuesOf('VIDEO-RANGE');
  const undeclared = ranges.filter((range) => range === undefined).length;
  if (undeclared > 0 && ranges.some((range) => range !== undefined && range !== 'SDR')) {
    yield finding('2.8', uri, `${undeclared} of ${ranges.length} variants do not declare VIDEO-RANGE`);
  }
  const unscored = valuesOf('SCORE').filter((score) => score === undefined).length;
  if (unscored > 0 && unscored < variants.length) {
    yield finding('2.10', uri, `${unscored} of ${variants.length} variants have no SCORE`);
  }
}

/**
 * Subtitle codecs are not compared: subtitles are checked as renditions, and variants may omit them (Apple's
 * rule 5.10).
 */
const subtitleCodec = /^\s*(wvtt|stpp)/i;

/** Checks rule 2.2: CODECS lists the codecs of the video and of all audio renditions. */
function* checkCodecs({ entry, video, audio }: VariantView): Generator<VariantDefect> {
  const declared = entry.attributes.get('CODECS');
  const renditions = [...(video ? [video] : []), ...audio];
  if (!declared || renditions.some(({ codecStrings }) => codecStrings === undefined)) return;
  const found = renditions.flatMap(({ codecStrings }) => codecStrings ?? []);
  if (found.length === 0) return;
  // AAC frames in a transport stream do not signal HE-AAC.
  const isStream = renditions.some(({ container }) => container === 'mpegts');
  const [declaredList, foundList] = [
    declared.split(',').filter((codec) => !subtitleCodec.test(codec)),
    found,
  ].map((codecs) => normalizeCodecs(isStream ? codecs.map(withoutHighEfficiency) : codecs));
  if (declaredList === foundList) return;
  yield { rule: '2.2', message: `CODECS declares ${declaredList}, but the media is ${foundList}` };
}

const withoutHighEfficiency = (codec: string): string =>
  codec.trim().replace(/^mp4a\.40\.(5|29)$/i, 'mp4a.40.2');

/** HEVC codec strings may be of either case (ISO/IEC 14496-15 E.3). */
const normalizeCodecs = (codecs: Iterable<string>): string =>
  [...new Set([...codecs].map((codec) => codec.trim().toLowerCase()))].sort().join(',');

/** Where Apple's authoring specification starts a player whose bandwidth is unknown. */
const startBitsPerSecond = 2_000_000;

/** Checks rule 2.11 among the variants with the codec, video range and audio group of the first one. */
function* checkFirstVariant(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const [first] = variants;
  if (!first) return;
  const family = familyOf(first);
  const bandwidths = variants.filter((variant) => familyOf(variant) === family).map(bandwidthOf);
  const own = bandwidthOf(first);
  const between = bandwidths.find((bandwidth) =>
    own > startBitsPerSecond
      ? bandwidth < own && bandwidth >= startBitsPerSecond
      : bandwidth > own && bandwidth <= startBitsPerSecond,
  );
  if (between === undefined) return;
  const message =
    `the first variant, ${first.name}, has ${own} bits per second; ` +
    `one with ${between} is closer to ${startBitsPerSecond}`;
  yield finding('2.11', uri, message);
}

const bandwidthOf = ({ entry }: VariantView): number =>
  Number(entry.attributes.get('BANDWIDTH') ?? Number.NaN);

const familyOf = ({ entry }: VariantView): string =>
  [
    entry.attributes.get('CODECS')?.slice(0, 4),
    entry.attributes.get('VIDEO-RANGE') ?? 'SDR',
    entry.attributes.get('AUDIO'),
  ].join(' ');
