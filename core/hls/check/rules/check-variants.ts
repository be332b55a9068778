import { listVariants, type VariantView } from '#core/hls/check/presentation/list-variants.js';
import {
  findTrack,
  type LoadedPresentation,
  type LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { checkBitrates } from '#core/hls/check/rules/check-bitrates.js';
import { checkCodecs } from '#core/hls/check/rules/check-codecs.js';
import { checkFirstVariant } from '#core/hls/check/rules/check-first-variant.js';
import { checkVideoAttributes } from '#core/hls/check/rules/check-video-attributes.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import type { VariantDefect } from '#core/hls/check/rules/variant-defect.js';

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
