import { describe, expect, it } from 'vitest';
import type { SourceRefusedError } from '#core/contracts/failure.js';
import { chooseAudio } from '#planning/source/choose-audio.js';
import { chooseVideo } from '#planning/source/choose-video.js';
import { type ProbeReport, probeReportSchema } from '#planning/source/probe-report.js';

const video = { codec_type: 'video', codec_name: 'h264', width: 1920, height: 1080 };
const audio = { codec_type: 'audio', codec_name: 'aac', channels: 2, sample_fmt: 'fltp' };

const reportOf = (streams: object[]) =>
  probeReportSchema.parse({ streams: streams.map((stream, index) => ({ index, ...stream })) });

describe('chooseAudio', () => {
  const chooseAudioOf = (report: ProbeReport) => chooseAudio(report, chooseVideo(report));

  const spatial = { ...audio, codec_name: 'unknown', codec_tag_string: 'apac', sample_fmt: undefined };

  it('takes the decodable tracks in the order of the file and explains why the others are left out', () => {
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
      'Audio track 2 is left out: it is encrypted',
      'Audio track 3 is left out: its format, "apac", cannot be decoded',
      'Audio track 4 is left out: its format, "mpegh_3d_audio", cannot be decoded',
      'Audio track 5 is left out: it holds no audio',
      'Audio track 7 is left out: its format, "aac" with 255 channels, cannot be decoded',
    ]);
  });

  it.each<[string, number[][], number[]]>([
    ['every track if there are no programs', [], [1, 2, 3]],
    [
      "the tracks of the video's program",
      [
        [1, 4],
        [0, 2],
      ],
      [2, 3],
    ],
    [
      'every track if the video is in every program',
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
    ['is empty', { ...audio, channels: 0, codec_tag_string: '[15][0][0][0]' }],
    ['declares no format', { ...spatial, channels: 0, codec_tag_string: '[0][0][0][0]', nb_frames: '45' }],
  ])('makes a title silent whose only audio track %s', (_what, track) => {
    const chosen = chooseAudioOf(reportOf([video, track]));
    expect(chosen.streams).toEqual([]);
    expect(chosen.leftOut).toEqual(['Audio track 1 is left out: it holds no audio']);
  });

  it.each<[string, object, string, string]>([
    ['of an unknown format', spatial, 'codec', '"apac"'],
    ['of an unknown format that declares no channels', { ...spatial, channels: 0 }, 'codec', '"apac"'],
    [
      'of a known format without a decoder',
      { ...audio, codec_name: 'mpegh_3d_audio', sample_fmt: undefined },
      'codec',
      '"mpegh_3d_audio"',
    ],
    ['that is encrypted', { ...audio, isProtected: true }, 'encrypted', 'track 1'],
    ['with more channels than can be mixed', { ...audio, channels: 65 }, 'codec', '"aac" with 65 channels'],
  ])('refuses a source whose only audio track is one %s', (_what, track, code, detail) => {
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
