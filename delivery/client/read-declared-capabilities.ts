import { type VideoCodec, videoCodecSchema } from '#core/contracts/upload-settings.js';
import type { Device } from '#delivery/client/device.js';

const maxLength = 256;
const LINES = /^([1-9][0-9]{1,4})p$/;

/**
 * Reads `?caps=h264,av1,1080p,hdr`: codecs the player decodes, the largest height it uses, whether it
 * displays HDR. Ignores unknown words, so that newer players can send more. A list of codecs is complete, and
 * excludes HDR unless `hdr` is in it. Returns undefined if no word is known.
 */
export function readDeclaredCapabilities(text: string | undefined): Partial<Device> | undefined {
  if (text === undefined) return undefined;
  const words = text
    .slice(0, maxLength)
    .toLowerCase()
    .split(/[\s,]+/);
  const codecs = videoCodecSchema.options.filter((codec: VideoCodec) => words.includes(codec));
  const heights = words.flatMap((word) => LINES.exec(word)?.[1] ?? []).map(Number);
  const declared: Partial<Device> = {
    ...(codecs.length > 0 ? { codecs } : {}),
    ...(heights.length > 0 ? { maxHeight: Math.max(...heights) } : {}),
    ...(codecs.length > 0 || words.includes('hdr') ? { hdr: words.includes('hdr') } : {}),
  };
  return Object.keys(declared).length > 0 ? { ...declared, basis: 'caps' } : undefined;
}
