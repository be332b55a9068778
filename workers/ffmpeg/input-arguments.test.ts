import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { captureFfmpeg, runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { makeMedia } from '#fixtures/media/make-media.js';
import { recipes } from '#fixtures/media/recipes.js';
import { defaultInputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';

let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-input-'));
});

afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function countPackets(options: readonly string[], path: string): Promise<number> {
  const { output } = await captureFfmpeg('ffprobe', [
    ...options,
    ...['-select_streams', 'v', '-count_packets', '-show_entries', 'stream=nb_read_packets'],
    ...['-of', 'default=nk=1:nw=1', path],
  ]);
  return Number.parseInt(output.toString(), 10);
}

it('reads the part of a transport stream after a gap', async () => {
  const { expected } = recipes['mpeg2-ts'];
  const frames = expected.result === 'plays' ? expected.frames : Number.NaN;
  const bytes = await readFile(await makeMedia('mpeg2-ts'));
  const middle = Math.floor(bytes.length / 2 / 188) * 188;
  const path = join(folder, 'gap.ts');
  const gap = Buffer.alloc(200_000);
  await writeFile(path, Buffer.concat([bytes.subarray(0, middle), gap, bytes.subarray(middle)]));
  expect(await countPackets([], path)).toBeLessThan(frames);
  expect(await countPackets(inputArguments('mpegts', defaultInputLimits), path)).toBe(frames);
});

it('follows video that changes its packet identifier', async () => {
  const clip =
    '-f lavfi -i testsrc2=s=160x90:r=25:d=1 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -bitexact';
  await runGenerator([...clip.split(' '), 'a.ts'], folder);
  const changed = '-output_ts_offset 1 -mpegts_start_pid 0x300 -tables_version 1';
  await runGenerator([...clip.split(' '), ...changed.split(' '), 'b.ts'], folder);
  const path = join(folder, 'changed.ts');
  const parts = await Promise.all(['a.ts', 'b.ts'].map((name) => readFile(join(folder, name))));
  await writeFile(path, Buffer.concat(parts));
  expect(await countPackets(['-select_streams', 'v:0'], path)).toBe(25);
  expect(await countPackets(inputArguments('mpegts', defaultInputLimits), path)).toBe(50);
});
