import type { VideoRange, VideoRung } from '#core/contracts/plan.js';
import { toNumber } from '#core/contracts/rational.js';
import { av1CodecString, av1Level } from '#planning/levels/av1-level.js';
import { h264CodecString, h264Level } from '#planning/levels/h264-level.js';
import { hevcCodecString, hevcLevel } from '#planning/levels/hevc-level.js';

type CodedRung = Pick<
  VideoRung,
  'codec' | 'width' | 'height' | 'frameRate' | 'capBitsPerSecond' | 'videoRange'
>;

/**
 * The rung's string for CODECS (RFC 6381), calculated because the plan exists before anything is encoded.
 * Encoders are given its level, and a span whose init segment has another string is refused.
 */
export function rungCodecString(rung: CodedRung): string {
  const { width, height, capBitsPerSecond, videoRange } = rung;
  const facts = [width, height, toNumber(rung.frameRate), capBitsPerSecond] as const;
  switch (rung.codec) {
    case 'h264':
      return h264CodecString(h264Level(...facts));
    case 'hevc':
      return hevcCodecString(hevcLevel(...facts), bitDepthOf(videoRange));
    case 'av1':
      return av1CodecString(av1Level(...facts), videoRange);
  }
}

const bitDepthOf = (range: VideoRange): 8 | 10 => (range === 'SDR' ? 8 : 10);
