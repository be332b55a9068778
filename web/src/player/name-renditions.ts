import type { RenditionChoice } from '#web/telemetry/telemetry.js';
import { formatBitRate } from '#web/words/format-figures.js';

export interface NamedRendition {
  index: number;
  /** `720p`, for narrow controls. */
  short: string;
  /** `720p · 2.5 Mb/s`, with the codec if there are several. */
  name: string;
}

/** Names renditions for people, best first. The shorter side names portrait video too: 720 × 1280 is 720p. */
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
