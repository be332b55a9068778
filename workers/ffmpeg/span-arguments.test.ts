import { describe, expect, it } from 'vitest';
import type { SourceVideo, VideoRung } from '#core/contracts/plan.js';
import { rational } from '#core/contracts/rational.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { planSegmentGrid } from '#planning/plan-segment-grid.js';
import { seekSeconds, spanArguments } from '#workers/ffmpeg/span-arguments.js';

const sample: SourceVideo = {
  ...samplePublication().plan.video,
  originSeconds: 0,
  decodeDelaySeconds: 0,
  containerStartSeconds: 0,
  averageFramesPerSecond: 24,
  streamIndex: 0,
  interlaced: 'no',
  range: 'SDR',
  colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
  seeking: 'indexed',
};
const planOf = (video: Partial<SourceVideo> = {}, rate = rational(24)) => ({
  video: { ...sample, ...video },
  grid: planSegmentGrid(rate, 60),
});
const rung = sampleRung('h264', 360, 1_000_000);
const graph = (video: Partial<SourceVideo>, given: VideoRung = rung): string =>
  spanArguments(planOf(video), { first: 144, end: 288 }, [given], 5).filterGraph;

const size = `scale=w=${sample.codedWidth}:h=${sample.codedHeight}`;
const given = `${size}:in_range=limited:out_range=limited`;
const givenFull = `${size}:in_range=full:out_range=full`;
const start =
  'fps=24/1:start_time=0:eof_action=pass,tpad=stop_mode=clone:stop_duration=1,trim=start=5.989583:end=11.989583[s0]';
const limited = 'in_range=limited:out_range=limited';
const givenBroadcast = `scale=w=720:h=576:${limited}`;
const wider = 'if(between(sar,0.1,10),sar,1)/1.422222';
const shape = `scale=w='if(lt(${wider},0.95),2*round(360*${wider}),720)':h='if(gt(${wider},1.05),2*round(288/(${wider})),576)':eval=frame:${limited},pad=w=720:h=576:x=-1:y=-1:eval=frame`;
const scaled = 'scale=w=640:h=360:flags=bicubic';

describe('seekSeconds', () => {
  it.each<[string, Partial<SourceVideo>, number, number | undefined]>([
    ['from the beginning', {}, 0, undefined],
    ['a second early', {}, 144, 5],
    ["relative to the container's start", { originSeconds: 1.5, containerStartSeconds: 1 }, 144, 5.5],
    ['none if the file is not seekable', { seeking: 'none' }, 144, undefined],
  ])('%s', (_name, video, frame, seek) => {
    expect(seekSeconds(planOf(video), frame)).toBe(seek);
  });
});

describe('filter graph', () => {
  const sdr = 'in_range=limited:out_color_matrix=bt709:out_range=limited,format=yuv420p,setsar=1[v0]';
  it.each<[string, Partial<SourceVideo>, string]>([
    ['plain', {}, `[0:0]${given},${start};[s0]${scaled}:in_color_matrix=bt709:${sdr}`],
    [
      'another stream, late origin',
      { streamIndex: 2, originSeconds: 1.4 },
      `[0:2]${given},settb=AVTB,setpts=PTS-(1.400000)/TB,${start};[s0]${scaled}:in_color_matrix=bt709:${sdr}`,
    ],
    [
      'a broadcast with non-square pixels',
      { demuxer: 'mpegts', codedWidth: 720, codedHeight: 576, displayWidth: 1024, displayHeight: 576 },
      `[0:0]${givenBroadcast},${shape},${start};[s0]${scaled}:in_color_matrix=bt709:${sdr}`,
    ],
    [
      'interlaced',
      { interlaced: 'bottom-first' },
      `[0:0]${given},bwdif=mode=send_frame:parity=bff:deint=all,${start};[s0]${scaled}:in_color_matrix=bt709:${sdr}`,
    ],
    [
      'RGB, full range',
      { colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'gbr', fullRange: true } },
      `[0:0]${givenFull},${start};[s0]${scaled}:in_color_matrix=bt709:${sdr.replace('in_range=limited', 'in_range=full')}`,
    ],
    [
      'HDR10 is tone-mapped',
      {
        range: 'PQ',
        colour: { primaries: 'bt2020', transfer: 'smpte2084', matrix: 'bt2020nc', fullRange: false },
      },
      `[0:0]${given},${start};[s0]${scaled}:in_range=limited:out_range=limited,zscale=min=bt2020nc:pin=bt2020:tin=smpte2084:rin=limited:m=gbr:p=bt709:t=linear:r=full:npl=203,format=gbrpf32le,tonemap=mobius:param=0.5:desat=0:peak=4.926,zscale=min=gbr:pin=bt709:tin=linear:rin=full:m=bt709:p=bt709:t=bt709:r=limited,format=yuv420p,setsar=1[v0]`,
    ],
  ])('%s', (_name, video, text) => {
    expect(graph(video)).toBe(text);
  });

  it.each<[string, Partial<SourceVideo>, string]>([
    ['upright', {}, '1920:h=1080'],
    ['upside down', { rotationDegrees: 180 }, '1920:h=1080'],
    ['a quarter turn', { rotationDegrees: 90 }, '1080:h=1920'],
    ['three quarter turns', { rotationDegrees: 270 }, '1080:h=1920'],
  ])('scales every frame to the planned size first: %s', (_name, video, size) => {
    expect(graph({ codedWidth: 1920, codedHeight: 1080, ...video })).toMatch(
      new RegExp(`^\\[0:0\\]scale=w=${size}:in_range=limited:out_range=limited,fps`),
    );
  });

  it('scales once for rungs of one size', () => {
    const better = { ...rung, renditionId: 'h264-360-2', capBitsPerSecond: 1_500_000 };
    const large = sampleRung('h264', 720, 2_500_000);
    const { filterGraph } = spanArguments(planOf(), { first: 0, end: 144 }, [rung, better, large], 5);
    expect(filterGraph.match(/scale=w=640/g)).toHaveLength(1);
    expect(filterGraph).toMatch(/\[s0\]scale=w=640.*,split=2\[v0\]\[v1\];\[s1\]scale=w=1280.*\[v2\]$/);
  });

  it('keeps HDR in an HDR rung', () => {
    const hdr = { ...sampleRung('hevc', 360, 1_000_000), videoRange: 'HLG' as const };
    const colour = { primaries: 'bt2020', transfer: 'arib-std-b67', matrix: 'bt2020nc', fullRange: true };
    expect(graph({ range: 'HLG', colour }, hdr)).toBe(
      `[0:0]${givenFull},${start};[s0]${scaled}:in_color_matrix=bt2020:in_range=full:out_color_matrix=bt2020:out_range=limited,format=yuv420p10le,setsar=1[v0]`,
    );
  });

  it('decodes once for all rungs and drops every other frame for half-rate rungs', () => {
    const half = { ...rung, frameStep: 2 as const, frameRate: rational(30) };
    const full = { ...sampleRung('h264', 720, 2_500_000), frameRate: rational(60) };
    const { filterGraph, outputs } = spanArguments(
      planOf({}, rational(60)),
      { first: 0, end: 360 },
      [half, full],
      undefined,
    );
    expect(filterGraph).toContain(',split=2[s0][s1];[s0]framestep=2,scale=w=640:h=360');
    expect(filterGraph).toContain(';[s1]scale=w=1280:h=720');
    expect(outputs.map((output) => output[output.indexOf('-frames:v') + 1])).toEqual(['180', '360']);
    expect(outputs.map((output) => output[output.indexOf('-g') + 1])).toEqual(['60', '120']);
  });
});

it('writes exactly the frames of the span, a fragment per GOP', () => {
  const { input, outputs } = spanArguments(planOf(), { first: 144, end: 288 }, [rung], 5);
  expect(input.join(' ')).toBe('-noaccurate_seek -copyts -reinit_filter 0 -ss 5.000000');
  expect(outputs.map((output) => output.join(' '))).toEqual([
    '-map [v0] -c:v libx264 -preset veryfast -profile:v high -level:v 4.0 -pix_fmt yuv420p -keyint_min 48 ' +
      '-sc_threshold 0 -flags +cgop -crf 23 -maxrate 800000 -bufsize 1000000 -g 48 ' +
      '-color_range tv -colorspace bt709 -color_primaries bt709 -color_trc bt709 ' +
      '-enc_time_base 1/24 -vsync passthrough -frames:v 144 -fs 15448576 -video_track_timescale 24 ' +
      '-map_metadata -1 -map_chapters -1 -movflags +empty_moov+default_base_moof+frag_keyframe+frag_discont ' +
      '-avoid_negative_ts disabled -flush_packets 1 -f mp4',
  ]);
});
