import { describe, expect, it } from 'vitest';
import type { SourceRefusedError } from '#core/contracts/failure.js';
import { chooseAudio, chooseVideo } from '#planning/source/choose-streams.js';
import { type ProbeReport, probeReportSchema } from '#planning/source/probe-report.js';

const video = { codec_type: 'video', codec_name: 'h264', width: 1920, height: 1080 };
const audio = { codec_type: 'audio', codec_name: 'aac', channels: 2, sample_fmt: 'fltp' };

const dolbyVision = { side_data_type: 'DOVI configuration record' };

const reportOf = (streams: object[]) =>
  probeReportSchema.parse({ streams: streams.map((stream, index) => ({ index, ...stream })) });

describe('choosePicture', () => {
  it.each<[string, object[], number]>([
    ['the only one', [audio, video], 1],
    [
      'the default one, however small',
      [video, { ...video, width: 64, height: 36, disposition: { default: 1 } }],
      1,
    ],
    ['the largest where none is the default', [{ ...video, width: 640, height: 360 }, video], 1],
    [
      'the largest where all are the default',
      [
        { ...video, width: 640, height: 360, disposition: { default: 1 } },
        { ...video, disposition: { default: 1 } },
      ],
      1,
    ],
    [
      'the film beside a larger still of a frame or two',
      [
        { ...video, width: 640, height: 360, nb_frames: '53', disposition: { default: 1 } },
        { ...video, nb_frames: '2', disposition: { default: 1 } },
      ],
      0,
    ],
    [
      'the larger of two of which one tells its frames',
      [{ ...video, width: 640, height: 360, nb_frames: '53' }, video],
      1,
    ],
    ['the first of equals', [video, video], 0],
    [
      'Dolby Vision over HDR10',
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
      'never a still that nobody calls cover art',
      [{ ...video, codec_name: 'png', width: 3000, height: 3000, nb_frames: '1' }, video],
      1,
    ],
    ['a film of PNG pictures', [{ ...video, codec_name: 'png', nb_frames: '240' }, audio], 0],
    [
      'the film beside a larger track of such pictures',
      [{ ...video, codec_name: 'png', width: 3000, height: 3000, disposition: { default: 1 } }, video],
      1,
    ],
    ['pictures that no index counts', [{ ...video, codec_name: 'gif' }, audio], 0],
    ['the readable one of two', [{ ...video, isProtected: true, disposition: { default: 1 } }, video], 1],
    [
      'the one that tells its size',
      [{ ...video, width: 0, height: 0, disposition: { default: 1 } }, video],
      1,
    ],
  ])('%s', (_name, streams, index) => {
    expect(chooseVideo(reportOf(streams)).index).toBe(index);
  });

  it.each<[string, object[], string, string]>([
    ['no track', [], 'no_video', 'no track at all'],
    ['sound alone', [audio], 'no_video', 'audio'],
    [
      'sound and cover art',
      [audio, { ...video, codec_name: 'mjpeg', disposition: { attached_pic: 1 } }],
      'no_video',
      'audio, cover',
    ],
    [
      'sound and a still',
      [audio, { ...video, codec_name: 'png', nb_frames: '1' }],
      'no_video',
      'audio, still picture',
    ],
    ['data of no kind', [{}], 'no_video', 'data'],
    [
      'Dolby Vision with no base layer for others',
      [{ ...video, side_data_list: [{ ...dolbyVision, dv_profile: 5, dv_bl_signal_compatibility_id: 0 }] }],
      'codec',
      'Dolby Vision',
    ],
    ['a track that its container protects', [{ ...video, isProtected: true }], 'encrypted', 'track 0'],
    [
      'encryption side data',
      [{ ...video, side_data_list: [{ side_data_type: 'Encryption initialization data' }] }],
      'encrypted',
      'track 0',
    ],
    [
      'a codec nobody knows',
      [{ ...video, codec_name: 'unknown', codec_tag_string: 'zzzz' }],
      'codec',
      '"zzzz"',
    ],
    [
      'a codec without a name',
      [{ codec_type: 'video', width: 2, height: 2, codec_tag_string: 'a\u001b[1m' }],
      'codec',
      '"a?[1m"',
    ],
    ['a picture without a size', [{ codec_type: 'video', codec_name: 'h264' }], 'corrupt', 'picture size'],
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

describe('chooseSound', () => {
  const chooseAudioOf = (report: ProbeReport) => chooseAudio(report, chooseVideo(report));

  const spatial = { ...audio, codec_name: 'unknown', codec_tag_string: 'apac', sample_fmt: undefined };

  it('takes what can be decoded, in the order of the file, and says why the others are left out', () => {
    const chosen = chooseAudioOf(
      reportOf([
        video,
        { ...audio, codec_name: 'ac3', channels: 6 },
        { ...audio, isProtected: true },
        spatial,
        { ...audio, codec_name: 'mpegh_3d_audio', sample_fmt: 'unknown' },
        { ...audio, channels: 0, codec_tag_string: 'mp4a' },
        { ...audio, channels: 64 },
        { ...audio, channels: 255 },
        { codec_type: 'subtitle', codec_name: 'mov_text' },
        audio,
      ]),
    );
    expect(chosen.streams.map(({ index }) => index)).toEqual([1, 6, 9]);
    expect(chosen.leftOut).toEqual([
      'sound track 2 is left out: it is encrypted',
      'sound track 3 is left out: its format, "apac", cannot be decoded',
      'sound track 4 is left out: its format, "mpegh_3d_audio", cannot be decoded',
      'sound track 5 is left out: nothing in it can be heard',
      'sound track 7 is left out: its format, "aac" with 255 channels, cannot be decoded',
    ]);
  });

  it.each<[string, number[][], number[]]>([
    ['all of it where there are no programs', [], [1, 2, 3]],
    [
      "that of the picture's program",
      [
        [1, 4],
        [0, 2],
      ],
      [2, 3],
    ],
    [
      'all of it where the picture is in every program',
      [
        [0, 1],
        [0, 2],
      ],
      [1, 2, 3],
    ],
  ])('takes %s', (_what, programs, indexes) => {
    const report = probeReportSchema.parse({
      streams: reportOf([video, audio, audio, audio]).streams,
      programs: programs.map((streams) => ({ streams: streams.map((index) => ({ index })) })),
    });
    expect(chooseAudioOf(report).streams.map(({ index }) => index)).toEqual(indexes);
  });

  it.each<[string, object]>([
    ['holds nothing', { ...audio, channels: 0, codec_tag_string: '[15][0][0][0]' }],
    [
      'does not say what it holds',
      { ...spatial, channels: 0, codec_tag_string: '[0][0][0][0]', nb_frames: '45' },
    ],
  ])('makes a film silent whose only sound track %s', (_what, track) => {
    const chosen = chooseAudioOf(reportOf([video, track]));
    expect(chosen.streams).toEqual([]);
    expect(chosen.leftOut).toEqual(['sound track 1 is left out: nothing in it can be heard']);
  });

  it.each<[string, object, string, string]>([
    ['of a format that nobody knows', spatial, 'codec', '"apac"'],
    ['that tells no channels, of such a format', { ...spatial, channels: 0 }, 'codec', '"apac"'],
    [
      'that is known and not decoded',
      { ...audio, codec_name: 'mpegh_3d_audio', sample_fmt: undefined },
      'codec',
      '"mpegh_3d_audio"',
    ],
    ['that is encrypted', { ...audio, isProtected: true }, 'encrypted', 'track 1'],
    ['of more channels than can be mixed', { ...audio, channels: 65 }, 'codec', '"aac" with 65 channels'],
  ])('refuses a film whose only sound is one %s', (_what, track, code, detail) => {
    let refusal: SourceRefusedError | undefined;
    try {
      chooseAudioOf(reportOf([video, track]));
    } catch (error) {
      refusal = error as SourceRefusedError;
    }
    expect(refusal).toMatchObject({ name: 'SourceRefusedError', code });
    expect(refusal?.detail).toContain(detail);
  });
});
