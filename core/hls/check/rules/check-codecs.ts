import type { VariantView } from '#core/hls/check/presentation/list-variants.js';
import type { VariantDefect } from '#core/hls/check/rules/variant-defect.js';

/**
 * Subtitle codecs are not compared: subtitles are checked as renditions, and variants may omit them (Apple's
 * rule 5.10).
 */
const subtitleCodec = /^\s*(wvtt|stpp)/i;

/** Checks rule 2.2: CODECS lists the codecs of the video and of all audio renditions. */
export function* checkCodecs({ entry, video, audio }: VariantView): Generator<VariantDefect> {
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
