import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import { segmentFile, videoFolder, videoPrefix } from '#core/contracts/publication-layout.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { Scratch } from '#workers/scratch/scratch.js';
import { type EncodingContext, encodeSegments } from '#workers/segments/encode-segments.js';

let folder: string;
let store: ObjectStore;
let context: EncodingContext;
/** Paths of the segments that came out of an encoder, in order. */
const encoded: string[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-encode-segments-'));
  store = openObjectStore(`file://${join(folder, 'store')}`, undefined);
  const scratch = await Scratch.open(join(folder, 'scratch'));
  context = {
    store,
    scratch,
    progress: { segmentStored: async (_plan, path) => void encoded.push(path) },
    ffmpeg: await Ffmpeg.open({
      ffmpeg: 'ffmpeg',
      ffprobe: 'ffprobe',
      path: process.env['PATH'] ?? '',
      sandbox: 'none',
      niceLevel: 0,
      memoryBytes: 4 * 2 ** 30,
      inputLimits: defaultInputLimits,
      launcherFolder: scratch.directory,
    }),
  };
  const source = join(folder, 'source.mp4');
  await runGenerator([
    ...['-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=26'],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '48', '-pix_fmt', 'yuv420p', source],
  ]);
  await store.put(plan.source.key, createReadStream(source));
}, 60_000);

afterAll(async () => {
  await store.close();
  await rm(folder, { recursive: true, force: true });
});

const sample = samplePublication({
  rungs: [sampleRung('h264', 180, 700_000), { ...sampleRung('h264', 90, 200_000), width: 160, height: 90 }],
}).plan;
const size = { codedWidth: 320, codedHeight: 180, displayWidth: 320, displayHeight: 180 };
const plan: Plan = {
  ...sample,
  grid: { ...sample.grid, frameCount: 4 * 144, segmentCount: 4 },
  video: { ...sample.video, ...size },
};
const pathOf = (renditionId: string, index: number): string =>
  `${videoFolder(renditionId)}/${segmentFile(index)}`;

async function encode(): Promise<string[]> {
  encoded.length = 0;
  const range = { firstSegment: 0, segmentCount: 4 };
  const { rungs } = plan;
  await encodeSegments(
    context,
    { plan, range, rungs, threads: 2, priority: 'background' },
    new AbortController().signal,
  );
  return encoded.toSorted();
}

it('encodes only between the segments at both ends that every rung has stored', async () => {
  const [first, second] = plan.rungs.map(({ renditionId }) => renditionId);
  if (first === undefined || second === undefined) throw new Error('the plan has two rungs');
  expect(await encode()).toHaveLength(8);
  const before = (await store.read(videoPrefix(plan.publicationId, first) + segmentFile(2))).bytes;

  await store.delete(videoPrefix(plan.publicationId, first) + segmentFile(2));
  await store.delete(videoPrefix(plan.publicationId, second) + segmentFile(1));
  expect(await encode()).toEqual(
    [first, second].flatMap((rendition) => [1, 2].map((index) => pathOf(rendition, index))).toSorted(),
  );
  const after = (await store.read(videoPrefix(plan.publicationId, first) + segmentFile(2))).bytes;
  expect(Math.abs(after.length / before.length - 1)).toBeLessThan(0.2);

  await store.delete(videoPrefix(plan.publicationId, second) + segmentFile(3));
  expect(await encode()).toEqual([pathOf(second, 3)]);
  expect(await encode()).toEqual([]);
}, 120_000);
