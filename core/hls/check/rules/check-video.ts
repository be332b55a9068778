import { listVariants, type VariantView } from '#core/hls/check/presentation/list-variants.js';
import { findTrack, type LoadedPresentation } from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding, type VariantDefect } from '#core/hls/check/rules/finding.js';

/** Checks rules 3: codec levels, sizes and frame rates. */
export function* checkVideo(presentation: LoadedPresentation): Generator<Finding> {
  const { multivariant } = presentation;
  if (!multivariant) return;
  const all = listVariants(presentation);
  const variants = all.filter(({ entry }) => entry.attributes.has('RESOLUTION'));
  for (const variant of variants) {
    for (const { rule, message } of [...checkLimits(variant), ...checkProgressive(variant)]) {
      yield finding(rule, multivariant.uri, `variant ${variant.name}: ${message}`);
    }
  }
  yield* checkLadder(multivariant.uri, variants);
}

function* checkLimits({ entry }: VariantView): Generator<VariantDefect> {
  for (const codec of codecsOf(entry.attributes.get('CODECS'))) {
    const avc = parseAvc(codec);
    if (avc && (!avcProfiles.has(avc.profile) || avc.level > 52)) {
      yield { rule: '3.1', message: `${codec} exceeds High profile, level 5.2` };
    }
    const hevc = /^(?:hvc1|hev1)\.[A-C]?(\d+)\.[0-9a-f]+\.[LH](\d+)/i.exec(codec);
    // general_level_idc is 30 times the level.
    if (hevc && (Number(hevc[1]) > 2 || Number(hevc[2]) > 153)) {
      yield { rule: '3.3', message: `${codec} exceeds Main 10 profile, level 5.1` };
    }
  }
  const framesPerSecond = Number(entry.attributes.get('FRAME-RATE') ?? 0);
  if (framesPerSecond > 60) {
    yield { rule: '3.4', message: `it has ${framesPerSecond} frames per second, over the limit of 60` };
  }
}

/** profile_idc of Baseline, Main and High. */
const avcProfiles = new Set([66, 77, 100]);

const codecsOf = (codecs: string | undefined): string[] =>
  (codecs ?? '').split(',').map((codec) => codec.trim());

/** Parses `avc1.640028`: two hexadecimal digits each for profile, constraints and ten times the level. */
function parseAvc(codec: string): { profile: number; level: number } | undefined {
  const match = /^avc[13]\.([0-9a-f]{2})[0-9a-f]{2}([0-9a-f]{2})$/i.exec(codec);
  if (!match?.[1] || !match[2]) return undefined;
  return { profile: Number.parseInt(match[1], 16), level: Number.parseInt(match[2], 16) };
}

function* checkProgressive({ video }: VariantView): Generator<VariantDefect> {
  if (video && findTrack(video, 'video')?.isInterlaced === true) {
    yield { rule: '3.5', message: 'its sequence parameter set allows interlaced video' };
  }
}

interface Size {
  width: number;
  height: number;
}

function sizeOf({ entry }: VariantView): Size {
  const [width = Number.NaN, height = Number.NaN] = (entry.attributes.get('RESOLUTION') ?? '')
    .split('x')
    .map(Number);
  return { width, height };
}

function* checkLadder(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  if (variants.length === 0) return;
  const levels = variants.flatMap(({ entry }) =>
    codecsOf(entry.attributes.get('CODECS')).flatMap((codec) => parseAvc(codec)?.level ?? []),
  );
  const lowest = levels.reduce((min, level) => Math.min(min, level), Number.POSITIVE_INFINITY);
  if (levels.length > 0 && lowest > 41) {
    yield finding('3.2', uri, `every H.264 variant exceeds level 4.1; the lowest level is ${lowest / 10}`);
  }
  yield* checkAspect(uri, variants);
  if (new Set(variants.map(({ entry }) => entry.attributes.get('BANDWIDTH'))).size < 2) {
    yield finding('3.7', uri, 'there is only one video bitrate, so players cannot adapt');
  }
  yield* checkTopSize(uri, variants);
  const ranges = variants.map(({ entry }) => entry.attributes.get('VIDEO-RANGE') ?? 'SDR');
  if (!ranges.includes('SDR')) {
    yield finding('3.9', uri, `every variant is ${[...new Set(ranges)].join(' or ')}, and none is SDR`);
  }
}

/** Checks aspect ratios. Sizes are even numbers, so up to two pixels in either direction are rounding. */
function* checkAspect(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const tallest = [...variants].sort((a, b) => sizeOf(b).height - sizeOf(a).height)[0];
  if (!tallest) return;
  const aspect = sizeOf(tallest).width / sizeOf(tallest).height;
  for (const variant of variants) {
    const { width, height } = sizeOf(variant);
    const isRounding = Math.abs(width - height * aspect) <= 2 || Math.abs(height - width / aspect) <= 2;
    if (isRounding || Number.isNaN(width)) continue;
    const message =
      `variant ${variant.name} is ${width}x${height}, ` +
      `but the aspect ratio of ${tallest.name} is ${aspect.toFixed(3)}:1`;
    yield finding('3.6', uri, message);
  }
}

/** Smallest height that counts as HD. */
const hdLines = 720;

function* checkTopSize(uri: string, variants: readonly VariantView[]): Generator<Finding> {
  const top = variants.reduce((max, variant) => Math.max(max, sizeOf(variant).height || 0), 0);
  const count = variants.filter((variant) => sizeOf(variant).height === top).length;
  if (top < hdLines || count > 1) return;
  yield finding('3.8', uri, `the highest resolution, ${top}p, has only one bitrate`);
}
