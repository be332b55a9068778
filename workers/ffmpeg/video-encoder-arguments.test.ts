import { expect, it } from 'vitest';
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
    `-c:v libx265 -preset fast -tag:v hvc1 -profile:v main -pix_fmt yuv420p -crf 25 -x265-params keyint=48:min-keyint=48:scenecut=0:open-gop=0:repeat-headers=0:info=0:log-level=error:vbv-maxrate=2000:vbv-bufsize=2500 -g 48 ${sdr}`,
  ],
  [
    'HEVC, HDR10',
    { ...hevc, videoRange: 'PQ' },
    `-c:v libx265 -preset fast -tag:v hvc1 -profile:v main10 -pix_fmt yuv420p10le -crf 25 -x265-params keyint=48:min-keyint=48:scenecut=0:open-gop=0:repeat-headers=0:info=0:log-level=error:vbv-maxrate=2000:vbv-bufsize=2500:hdr10-opt=1 -g 48 ${pq}`,
  ],
  [
    'AV1',
    av1,
    `-c:v libsvtav1 -preset 8 -crf 35 -maxrate 2000000 -bufsize 2500000 -svtav1-params scd=0 -pix_fmt yuv420p -g 48 ${sdr}`,
  ],
  [
    'AV1, HLG',
    { ...av1, videoRange: 'HLG' },
    '-c:v libsvtav1 -preset 8 -crf 35 -maxrate 2000000 -bufsize 2500000 -svtav1-params scd=0 -pix_fmt yuv420p10le -g 48 -color_range tv -colorspace bt2020nc -color_primaries bt2020 -color_trc arib-std-b67',
  ],
])('%s', (_name, rung, line) => {
  expect(videoEncoderArguments(rung, 48).join(' ')).toBe(line);
});
