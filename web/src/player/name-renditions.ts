import type { RenditionChoice } from '#web/telemetry/telemetry.js';
import { formatBitRate } from '#web/words/format-bit-rate.js';

export interface NamedRendition {
  index: number;
  /** `720p`, for where there is little room. */
  short: string;
  /** `720p · 2.5 Mb/s`, with the codec where the choice holds several. */
  name: string;
}

/** Names to choose by, best first. The short side names a portrait film too: 720 × 1280 is 720p. */
export function nameRenditions(renditions: readonly RenditionChoice[]): NamedRendition[] {
  const codecs = new Set(renditions.map(familyOf));
  return renditions
    .toSorted((a, b) => b.height - a.height || b.bitsPerSecond - a.bitsPerSecond)
    .map((rendition) => {
      const short = `${Math.min(rendition.width, rendition.height)}p`;
      const family = codecs.size > 1 ? ` ${familyOf(rendition)}` : '';
      return {
        index: rendition.index,
        short,
        name: `${short}${family} · ${formatBitRate(rendition.bitsPerSecond)}`,
      };
    });
}

function familyOf(rendition: RenditionChoice): string {
  return rendition.codec.split(' ')[0] ?? '';
}
