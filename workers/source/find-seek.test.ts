import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import { rational } from '#core/contracts/rational.js';
import { segmentFrames } from '#core/contracts/segment-grid.js';
import { captureFfmpeg } from '#fixtures/media/capture-ffmpeg.js';
import { readHashes } from '#fixtures/media/judge.js';
import { makeMedia } from '#fixtures/media/make-media.js';
import { samplePublication } from '#fixtures/sample-publication.js';
import { planSegmentGrid } from '#planning/plan-segment-grid.js';
import { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { gridFilters } from '#workers/ffmpeg/span-arguments.js';
import { findSeek } from '#workers/source/find-seek.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-seek-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

/** Nine seconds at 24000/1001; one frame is held for five of them. */
const grid = planSegmentGrid(rational(24000, 1001), 9);
const { plan } = samplePublication();

async function decode(path: string, { video }: Plan, first: number, end: number, seek?: number) {
  const { output } = await captureFfmpeg('ffmpeg', [
    ...['-noaccurate_seek', '-copyts', ...(seek === undefined ? [] : ['-ss', seek.toFixed(6)]), '-i', path],
    ...['-filter_complex', `[0:0]${gridFilters({ grid, video }, { first, end })}[v]`, '-map', '[v]'],
    ...['-fps_mode', 'passthrough', '-f', 'framemd5', '-'],
  ]);
  return readHashes(output.toString()).map(({ hash }) => hash);
}

it('starts before the frame held through a pause, wherever the next key frame is stored', async () => {
  const path = await makeMedia('vfr-pause-reordered');
  const video: Plan['video'] = {
    ...plan.video,
    ...{ demuxer: 'mov', seeking: 'indexed', streamIndex: 0, codedWidth: 320, codedHeight: 180 },
    ...{ originSeconds: 0, decodeDelaySeconds: 0, containerStartSeconds: 0 },
    averageFramesPerSecond: 100 / 9,
  };
  const paused: Plan = { ...plan, grid, video };
  const ffmpeg = await Ffmpeg.open({
    ffmpeg: 'ffmpeg',
    ffprobe: 'ffprobe',
    path: process.env['PATH'] ?? '',
    sandbox: 'none',
    niceLevel: 0,
    memoryBytes: 2 * 2 ** 30,
    inputLimits: defaultInputLimits,
    launcherFolder: folder,
  });
  const straight = await decode(path, paused, 0, grid.frameCount);
  expect(straight).toHaveLength(grid.frameCount);
  const { first, end } = segmentFrames(grid, 1);
  const seek = await findSeek(ffmpeg, paused, { firstFrame: first, inputPath: path, priority: 'normal' });
  expect(await decode(path, paused, first, end, seek)).toEqual(straight.slice(first, end));
});
