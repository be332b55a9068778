import { describe, expect, it } from 'vitest';
import type { VideoRung } from '#core/contracts/plan.js';
import { sampleRung } from '#fixtures/sample-publication.js';
import { videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';

const h264: VideoRung = { ...sampleRung('h264', 720, 2_500_000), encoderPreset: 'fast' };
const hevc: VideoRung = { ...sampleRung('hevc', 720, 2_500_000), encoderPreset: 'fast', crf: 25 };
const av1: VideoRung = { ...sampleRung('av1', 720, 2_500_000), encoderPreset: '8', crf: 35 };
const sdr = '-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709';
const pq = '-color_range tv -colorspace bt2020nc -color_primaries bt2020 -color_trc smpte2084';

it.each<[string, VideoRung, string]>([
  [
    'H.264',
    h264,
    `-c:v libx264 -preset fast -profile:v high -level:v 4.0 -pix_fmt yuv420p -keyint_min 48 -sc_threshold 0 -flags +cgop -crf 23 -maxrate 2000000 -bufsize 2500000 -g 48 ${sdr}`,
  ],
  [
    'HEVC',
    hevc,
    `-c:v libx265 -preset fast -tag:v hvc1 -profile:v main -pix_fmt yuv420p -crf 25 -x265-params level-idc=40:high-tier=0:keyint=48:min-keyint=48:scenecut=0:open-gop=0:repeat-headers=0:info=0:log-level=error:vbv-maxrate=2000:vbv-bufsize=2500 -g 48 ${sdr}`,
  ],
  [
    'HEVC, HDR10',
    { ...hevc, videoRange: 'PQ' },
    `-c:v libx265 -preset fast -tag:v hvc1 -profile:v main10 -pix_fmt yuv420p10le -crf 25 -x265-params level-idc=40:high-tier=0:keyint=48:min-keyint=48:scenecut=0:open-gop=0:repeat-headers=0:info=0:log-level=error:vbv-maxrate=2000:vbv-bufsize=2500:hdr10-opt=1 -bsf:v filter_units=remove_types=32-34 -g 48 ${pq}`,
  ],
  [
    'AV1',
    av1,
    `-c:v libsvtav1 -preset 8 -crf 35 -maxrate 2000000 -bufsize 2500000 -svtav1-params level=40:scd=0:mbr-overshoot-pct=25:lp=2:pin=0:chroma-sample-position=vertical -pix_fmt yuv420p -g 48 ${sdr}`,
  ],
  [
    'AV1, HLG',
    { ...av1, videoRange: 'HLG' },
    '-c:v libsvtav1 -preset 8 -crf 35 -maxrate 2000000 -bufsize 2500000 -svtav1-params level=40:scd=0:mbr-overshoot-pct=25:lp=2:pin=0:chroma-sample-position=vertical -pix_fmt yuv420p10le -g 48 -color_range tv -colorspace bt2020nc -color_primaries bt2020 -color_trc arib-std-b67',
  ],
])('%s', (_name, rung, line) => {
  expect(videoEncoderArguments(rung, 48).join(' ')).toBe(line);
});

describe('HDR10 metadata', () => {
  const metadata = {
    masteringDisplay: {
      red: { x: 34_000, y: 16_000 },
      green: { x: 13_250, y: 34_500 },
      blue: { x: 7_500, y: 3_000 },
      white: { x: 15_635, y: 16_450 },
      maxLuminance: 10_000_000,
      minLuminance: 1,
    },
    contentLight: { maxContent: 1000, maxFrameAverage: 400 },
  };
  const argumentsOf = (rung: VideoRung): string => videoEncoderArguments(rung, 48, metadata).join(' ');

  it.each([
    [
      hevc,
      ':master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,1):max-cll=1000,400 ',
    ],
    [
      av1,
      ':mastering-display=G(0.265,0.69)B(0.15,0.06)R(0.68,0.32)WP(0.3127,0.329)L(1000,0.0001):content-light=1000,400 ',
    ],
  ])('is written for PQ alone', (rung, text) => {
    expect(argumentsOf({ ...rung, videoRange: 'PQ' })).toContain(text);
    for (const videoRange of ['SDR', 'HLG'] as const) {
      expect(argumentsOf({ ...rung, videoRange })).not.toMatch(/display|max-cll|content-light/);
    }
  });
});

it.each([
  ['hvc1.1.6.L60.90', 'level-idc=20:high-tier=0:'],
  ['hvc1.2.4.L93.90', 'level-idc=31:high-tier=0:'],
  ['hvc1.2.4.H153.90', 'level-idc=51:high-tier=1:'],
])('passes HEVC the level of %s', (codecString, text) => {
  expect(videoEncoderArguments({ ...hevc, codecString }, 48).join(' ')).toContain(text);
});

it.each([
  ['av01.0.00M.08', 'level=20:'],
  ['av01.0.05M.08', 'level=31:'],
  ['av01.0.13M.10.0.111.09.16.09.0', 'level=51:'],
])('passes AV1 the level of %s', (codecString, text) => {
  expect(videoEncoderArguments({ ...av1, codecString }, 48).join(' ')).toContain(text);
});
