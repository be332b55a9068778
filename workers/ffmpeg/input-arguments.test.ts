import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { captureFfmpeg } from '#fixtures/media/capture-ffmpeg.js';
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

it('finds the rest of a transport stream behind a gap', async () => {
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
