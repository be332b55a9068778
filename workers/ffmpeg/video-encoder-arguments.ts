import type { VideoRung } from '#core/contracts/plan.js';

/** `avc1.640028` → 40. */
function levelOf(codecString: string): number {
  return Number.parseInt(codecString.slice(-2), 16);
}

/**
 * The encoder's settings for one rung. The same for every span, so that every span's parameter sets, and with them the
 * one init segment, are the same to the byte. Closed GOPs of exactly `gopFrames`: scene cuts must not add key frames,
 * because those would leave the grid.
 */
export function videoEncoderArguments(rung: VideoRung, gopFrames: number): string[] {
  const common = ['-g', String(gopFrames), '-keyint_min', String(gopFrames)];
  const colour = [
    '-color_range',
    'tv',
    '-colorspace',
    'bt709',
    '-color_primaries',
    'bt709',
    '-color_trc',
    'bt709',
  ];
  return [
    ...['-c:v', 'libx264', '-preset', rung.encoderPreset, '-profile:v', 'high'],
    ...['-level:v', (levelOf(rung.codecString) / 10).toFixed(1)],
    ...common,
    ...['-sc_threshold', '0', '-flags', '+cgop', '-pix_fmt', 'yuv420p'],
    ...[
      '-crf',
      String(rung.crf),
      '-maxrate',
      String(rung.capBitsPerSecond),
      '-bufsize',
      String(rung.bufferBits),
    ],
    ...colour,
  ];
}
