import { describe, expect, it } from 'vitest';
import type { SourceRefusedError } from '#core/contracts/failure.js';
import { chooseVideo } from '#planning/source/choose-video.js';
import { probeReportSchema } from '#planning/source/probe-report.js';

const video = { codec_type: 'video', codec_name: 'h264', width: 1920, height: 1080 };
const audio = { codec_type: 'audio', codec_name: 'aac', channels: 2, sample_fmt: 'fltp' };

const dolbyVision = { side_data_type: 'DOVI configuration record' };

const reportOf = (streams: object[]) =>
  probeReportSchema.parse({ streams: streams.map((stream, index) => ({ index, ...stream })) });

describe('chooseVideo', () => {
  it.each<[string, object[], number]>([
    ['the only one', [audio, video], 1],
    [
      'the default one, however small',
      [video, { ...video, width: 64, height: 36, disposition: { default: 1 } }],
      1,
    ],
    [
      'the one with the most pixels if none is the default',
      [{ ...video, width: 640, height: 360 }, video],
      1,
    ],
    [
      'the one with the most pixels if all are the default',
      [
        { ...video, width: 640, height: 360, disposition: { default: 1 } },
        { ...video, disposition: { default: 1 } },
      ],
      1,
    ],
    [
      'the video beside a larger still of a frame or two',
      [
        { ...video, width: 640, height: 360, nb_frames: '53', disposition: { default: 1 } },
        { ...video, nb_frames: '2', disposition: { default: 1 } },
      ],
      0,
    ],
    [
      'the larger of two if only one declares its number of frames',
      [{ ...video, width: 640, height: 360, nb_frames: '53' }, video],
      1,
    ],
    ['the first of equals', [video, video], 0],
    [
      'Dolby Vision with an HDR10 base layer',
      [{ ...video, side_data_list: [{ ...dolbyVision, dv_profile: 8, dv_bl_signal_compatibility_id: 1 }] }],
      0,
    ],
    [
      'never cover art, even the default one',
      [
        {
          ...video,
          codec_name: 'mjpeg',
          width: 4000,
          height: 4000,
          disposition: { attached_pic: 1, default: 1 },
        },
        video,
      ],
      1,
    ],
    ['never thumbnails', [{ ...video, disposition: { timed_thumbnails: 1, default: 1 } }, video], 1],
    [
      'never a still that is not marked as cover art',
      [{ ...video, codec_name: 'png', width: 3000, height: 3000, nb_frames: '1' }, video],
      1,
    ],
    ['a video coded as PNG', [{ ...video, codec_name: 'png', nb_frames: '240' }, audio], 0],
    [
      'the video beside a larger track in a still codec',
      [{ ...video, codec_name: 'png', width: 3000, height: 3000, disposition: { default: 1 } }, video],
      1,
    ],
    ['a track in a still codec whose frames no index counts', [{ ...video, codec_name: 'gif' }, audio], 0],
    ['the readable one of two', [{ ...video, isProtected: true, disposition: { default: 1 } }, video], 1],
    [
      'the one that declares its size',
      [{ ...video, width: 0, height: 0, disposition: { default: 1 } }, video],
      1,
    ],
  ])('%s', (_name, streams, index) => {
    expect(chooseVideo(reportOf(streams)).index).toBe(index);
  });

  it.each<[string, object[], string, string]>([
    ['a file without tracks', [], 'no_video', 'none'],
    ['audio alone', [audio], 'no_video', 'audio'],
    [
      'audio and cover art',
      [audio, { ...video, codec_name: 'mjpeg', disposition: { attached_pic: 1 } }],
      'no_video',
      'audio, cover',
    ],
    [
      'audio and a still',
      [audio, { ...video, codec_name: 'png', nb_frames: '1' }],
      'no_video',
      'audio, still picture',
    ],
    ['a track of unknown kind', [{}], 'no_video', 'data'],
    [
      'Dolby Vision with no base layer for other decoders',
      [{ ...video, side_data_list: [{ ...dolbyVision, dv_profile: 5, dv_bl_signal_compatibility_id: 0 }] }],
      'codec',
      'Dolby Vision',
    ],
    [
      'a track that its container declares encrypted',
      [{ ...video, isProtected: true }],
      'encrypted',
      'track 0',
    ],
    [
      'encryption side data',
      [{ ...video, side_data_list: [{ side_data_type: 'Encryption initialization data' }] }],
      'encrypted',
      'track 0',
    ],
    ['an unknown codec', [{ ...video, codec_name: 'unknown', codec_tag_string: 'zzzz' }], 'codec', '"zzzz"'],
    [
      'a codec without a name',
      [{ codec_type: 'video', width: 2, height: 2, codec_tag_string: 'a\u001b[1m' }],
      'codec',
      '"a?[1m"',
    ],
    ['a video without a size', [{ codec_type: 'video', codec_name: 'h264' }], 'corrupt', 'frame size'],
  ])('refuses %s', (_name, streams, code, detail) => {
    let refusal: SourceRefusedError | undefined;
    try {
      chooseVideo(reportOf(streams));
    } catch (error) {
      refusal = error as SourceRefusedError;
    }
    expect(refusal).toMatchObject({ name: 'SourceRefusedError', code });
    expect(refusal?.detail).toContain(detail);
  });
});
