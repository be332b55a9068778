import { execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type TitleReport, titleReportSchema } from '#core/contracts/title-report.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { compiledFile } from '#fixtures/repository.js';
import { type System, startSystem } from '#fixtures/system.js';
import { judgedSegments } from '#workers/tasks/make-report.js';

const run = promisify(execFile);

let system: System;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-report-'));
  system = await startSystem({ edges: 0, slots: 2 });
});

afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

async function report(...parameters: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [compiledFile('cli/main.js'), 'report', ...parameters], {
    env: { PATH: process.env.PATH, MILLRACE_URL: system.apiUrl, MILLRACE_API_KEY: system.apiKey },
  });
  return stdout;
}

const post = (titleId: string): Promise<Response> =>
  fetch(`${system.apiUrl}/v1/titles/${titleId}/report`, {
    method: 'POST',
    headers: { authorization: `Bearer ${system.apiKey}` },
  });

it('compares every rendition with the source and the fixed ladder, once per publication', async () => {
  const clip = join(folder, 'clip.mp4');
  await runGenerator([
    ...['-f', 'lavfi', '-i', 'testsrc2=s=640x360:r=25:d=8', '-vf', 'noise=alls=12:allf=t:all_seed=5'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-qp', '12', '-pix_fmt', 'yuv420p', clip],
  ]);
  const titleId = await system.upload(clip);
  const early = await post(titleId);
  expect(early.status).toBe(409);
  expect(await early.text()).toContain('not-ready');
  const title = await system.waitFor(titleId, ['ready'], 120_000);

  const made: TitleReport = titleReportSchema.parse(JSON.parse(await report(titleId, '--json')));
  const media = join(system.storageFolder, 'objects', 'media', title.publication?.publicationId ?? '');
  expect(made.judgedSegments).toEqual([0, 1]);
  expect(made.metric).toBe('ssim');
  for (const rung of made.rungs) {
    const segments = ['00000.m4s', '00001.m4s'].map((name) => join(media, 'v', rung.renditionId, name));
    const sizes = await Promise.all(segments.map(async (path) => (await stat(path)).size));
    expect(rung.bytes).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0));
    expect(rung.averageBitsPerSecond / rung.bytes).toBeCloseTo(1, 2);
    expect(rung.quality?.ssim).toBeLessThan(1);
  }
  // Frames that are off by one would score below 0.7 here at any bitrate.
  expect(made.rungs.at(-1)?.quality?.ssim).toBeGreaterThan(0.7);
  const byBitrate = made.fixedLadder.map(({ quality }) => quality?.psnr ?? 0);
  expect(byBitrate).toEqual([...byBitrate].sort((a, b) => a - b));
  expect(made.fixedLadder.map(({ capBitsPerSecond }) => capBitsPerSecond)).toEqual([145_000, 365_000]);
  for (const rung of made.fixedLadder)
    expect(Math.abs(rung.averageBitsPerSecond / rung.capBitsPerSecond - 1)).toBeLessThan(0.25);

  const text = await report(titleId);
  expect(text).toContain(`Ladder of title ${titleId}`);
  expect(text).toContain('Fixed ladder');
  for (const { renditionId, reason } of made.rungs) expect(text).toContain(`${renditionId}: ${reason}`);
  expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThan(200);
  expect(JSON.parse(await report(titleId, '--json'))).toEqual(made);
  expect((await post(titleId)).status).toBe(200);
}, 300_000);

it('rejects an unknown title', async () => {
  await expect(report('018f0000-0000-7000-8000-000000000000')).rejects.toThrow('no such title');
});

it.each([
  [1, [0]],
  [5, [0, 1, 2, 3, 4]],
  [10, [1, 3, 5, 7, 9]],
  [1800, [180, 540, 900, 1260, 1620]],
])('judges at most five segments, spread over %i', (segmentCount, expected) => {
  expect(judgedSegments(segmentCount)).toEqual(expected);
});
