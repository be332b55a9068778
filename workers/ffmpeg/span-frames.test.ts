import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { SourceVideo } from '#core/contracts/plan.js';
import { type Rational, rational } from '#core/contracts/rational.js';
import { segmentFrames } from '#core/contracts/segment-grid.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { planSegmentGrid } from '#planning/plan-segment-grid.js';
import { gridFilters, seekSeconds } from '#workers/ffmpeg/span-arguments.js';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-spans-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function frameHashes(args: readonly string[]): Promise<string[]> {
  const { stdout } = await run('ffmpeg', ['-nostdin', '-v', 'error', ...args, '-f', 'framemd5', '-'], {
    maxBuffer: 64 * 2 ** 20,
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

const video: SourceVideo = {
  demuxer: 'mov',
  streamIndex: 0,
  decoder: 'h264',
  originSeconds: 0,
  decodeDelaySeconds: 0,
  containerStartSeconds: 0,
  averageFramesPerSecond: 24,
  codedWidth: 320,
  codedHeight: 180,
  displayWidth: 320,
  displayHeight: 180,
  rotationDegrees: 0,
  mirrored: false,
  interlaced: 'no',
  range: 'SDR',
  colour: { primaries: 'bt709', transfer: 'bt709', matrix: 'bt709', fullRange: false },
  bitDepth: 8,
  seeking: 'indexed',
};

it.each<[string, Rational, string[]]>([
  ['open-gop-24000-1001', rational(24000, 1001), ['-g', '40', '-bf', '3', '-x264-params', 'open-gop=1']],
  ['long-gop-30000-1001', rational(30000, 1001), ['-g', '250', '-bf', '2']],
  ['b-pyramid-25', rational(25), ['-g', '75', '-bf', '5', '-x264-params', 'b-pyramid=normal:open-gop=1']],
  ['intra-only-60', rational(60), ['-g', '1']],
])('spans decode to exactly the frames of a whole decode: %s', async (name, rate, encoder) => {
  const clip = join(folder, `${name}.mp4`);
  const seconds = 20;
  await runGenerator([
    ...['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=${rate.numerator}/${rate.denominator}:d=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-pix_fmt', 'yuv420p', ...encoder, clip],
  ]);
  const straight = await frameHashes(['-i', clip, '-map', '0:v:0', '-vsync', 'passthrough']);
  const grid = planSegmentGrid(rate, (straight.length * rate.denominator) / rate.numerator);
  expect(grid.frameCount).toBe(straight.length);
  const spans: string[] = [];
  for (let segment = 0; segment < grid.segmentCount; segment += 1) {
    const frames = segmentFrames(grid, segment);
    const seek = seekSeconds({ grid, video }, frames.first);
    spans.push(
      ...(await frameHashes([
        ...[
          '-noaccurate_seek',
          '-copyts',
          ...(seek === undefined ? [] : ['-ss', seek.toFixed(6)]),
          '-i',
          clip,
        ],
        ...['-filter_complex', `[0:0]${gridFilters({ grid, video }, frames)}[v]`, '-map', '[v]'],
        ...['-vsync', 'passthrough', '-frames:v', String(frames.end - frames.first)],
      ])),
    );
  }
  expect(spans).toEqual(straight);
});

it('keeps the aspect ratio of a broadcast that switches from 4:3 to 16:9, between bars', async () => {
  const parts = ['16/15', '64/45'].map((aspect, index) => ({
    aspect,
    index,
    path: join(folder, `${index}.ts`),
  }));
  for (const { aspect, index, path } of parts) {
    await runGenerator([
      ...['-f', 'lavfi', '-i', `color=c=white:s=360x288:r=25:d=1,setsar=${aspect}`],
      ...[
        '-c:v',
        'mpeg2video',
        '-b:v',
        '1M',
        '-bf',
        '0',
        '-muxdelay',
        '0',
        '-output_ts_offset',
        String(1 + index),
      ],
      path,
    ]);
  }
  const clip = join(folder, 'aspect.ts');
  await writeFile(clip, Buffer.concat(await Promise.all(parts.map(({ path }) => readFile(path)))));
  const broadcast: SourceVideo = {
    ...video,
    ...{ demuxer: 'mpegts', originSeconds: 1, containerStartSeconds: 1 },
    ...{ codedWidth: 360, codedHeight: 288, displayWidth: 384, displayHeight: 288 },
  };
  const graph = gridFilters(
    { grid: planSegmentGrid(rational(25), 2), video: broadcast },
    { first: 0, end: 50 },
  );
  const { stdout } = await run(
    'ffmpeg',
    [
      ...['-nostdin', '-v', 'error', '-copyts', '-reinit_filter', '0', '-i', clip],
      ...['-filter_complex', `[0:0]${graph},scale=1:288:flags=area,format=gray[v]`, '-map', '[v]'],
      ...['-vsync', 'passthrough', '-f', 'rawvideo', '-'],
    ],
    { encoding: 'buffer' },
  );
  const whiteLines = (frame: number): number =>
    stdout.subarray(frame * 288, (frame + 1) * 288).filter((value) => value > 128).length;
  expect(stdout).toHaveLength(50 * 288);
  expect([whiteLines(0), whiteLines(24)]).toEqual([288, 288]);
  expect([whiteLines(25), whiteLines(49)]).toEqual([216, 216]);
});
