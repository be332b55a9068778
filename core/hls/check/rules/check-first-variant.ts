import type { VariantView } from '#core/hls/check/presentation/list-variants.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';

/** Where Apple's authoring specification starts a player whose bandwidth is unknown. */
const startBitsPerSecond = 2_000_000;

/** Checks rule 2.11 among the variants with the codec, video range and audio group of the first one. */
export function* checkFirstVariant(uri: string, variants: readonly VariantView[]): Generator<Finding> {
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
