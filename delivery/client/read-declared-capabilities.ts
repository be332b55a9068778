import { type VideoCodec, videoCodecSchema } from '#core/contracts/upload-settings.js';
import type { Device } from '#delivery/client/device.js';

const maxText = 256;
const LINES = /^([1-9][0-9]{1,4})p$/;

/**
 * `?caps=h264,av1,1080p,hdr`: codecs the player decodes, the largest height it can use, whether it shows HDR. Words
 * nobody here knows are passed over, so newer players may say more. A player that lists codecs means all of them, and
 * that it shows no HDR unless it says so. Undefined where not one word was understood.
 */
export function readDeclaredCapabilities(text: string | undefined): Partial<Device> | undefined {
  if (text === undefined) return undefined;
  const words = text
    .slice(0, maxText)
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
