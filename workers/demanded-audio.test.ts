import { createReadStream } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FlowProducer } from 'bullmq';
import type { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Plan } from '#core/contracts/plan.js';
import {
  audioFolder,
  initFile,
  planKey,
  publicationPrefix,
  segmentFile,
} from '#core/contracts/publication-layout.js';
import { audioFrameCount, audioSegmentFrames, samplesPerAacFrame } from '#core/contracts/segment-grid.js';
import { DemandInterest } from '#core/queue/demand-interest.js';
import { queuePrefix } from '#core/queue/queues.js';
import { connectRedis, waitForRedis } from '#core/queue/redis.js';
import { createLogger } from '#core/runtime/log.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { openObjectStore } from '#core/storage/open/open-object-store.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import { TitleProgress } from '#core/titles/title-progress.js';
import { TitleStore } from '#core/titles/title-store.js';
import { captureFfmpeg, runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { makeSample } from '#fixtures/media/make-sample.js';
import { type RedisFixture, startRedisServer } from '#fixtures/redis-server.js';
import { samplePublication, sampleRung } from '#fixtures/sample-publication.js';
import { defaultSourceLimits } from '#planning/source/source-limits.js';
import { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { defaultInputLimits } from '#workers/ffmpeg/input-arguments.js';
import { Scratch } from '#workers/scratch/scratch.js';
import { encodeAudio } from '#workers/tasks/encode-audio.js';
import { encodeSegment } from '#workers/tasks/encode-segment.js';
import type { TaskContext } from '#workers/tasks/task-context.js';

const renditionId = 'en-2';
const segmentCount = 16;
const demanded = 4;
/** A run of ten segments. */
const endOfRun = 14;
const rate = 48_000;
const attempt = { log: createLogger('worker', 'silent'), signal: new AbortController().signal };
let folder: string;
let server: RedisFixture;
let redis: Redis;
let store: ObjectStore;
let context: TaskContext;
let sample: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-demanded-audio-'));
  sample = join(folder, 'sample.mp4');
  await makeSample(sample);
  server = await startRedisServer();
  redis = connectRedis(server.url, 'worker');
  await waitForRedis(redis, 5_000);
  store = openObjectStore(`file://${join(folder, 'store')}`, undefined);
  const scratch = await Scratch.open(join(folder, 'scratch'));
  context = {
    store,
    titles: new TitleStore(store),
    plans: new PlanReader(store),
    redis,
    flows: new FlowProducer({ connection: redis, prefix: queuePrefix }),
    progress: new TitleProgress(redis),
    scratch,
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
    sourceLimits: defaultSourceLimits,
    threads: { perSlot: 1, max: 2 },
  };
}, 120_000);

afterAll(async () => {
  await context.flows.close();
  redis.disconnect();
  await store.close();
  await server.stop();
  await rm(folder, { recursive: true, force: true });
});

/** A tone that rises from 100 Hz to 8 kHz, with a burst every 0.7 s that changes the encoder's windows. */
const sweep = '0.3*sin(2*PI*(100*t+41*t*t))+0.3*lt(mod(t,0.7),0.01)*sin(2*PI*3000*t)';

const sweepInput = (seconds: number): string[] => [
  ...['-f', 'lavfi', '-i', `aevalsrc='${sweep}':s=${rate}:d=${seconds}`],
];

interface Source {
  demuxer: string;
  extension: string;
  /** Options and filters that make the audio of `[1:a]`. */
  audio: readonly string[];
  /** Input options of the audio. Default: the sweep. */
  input?: (seconds: number) => readonly string[];
  changes?: Partial<Plan['audio'][number]>;
}

/** A playable title with nothing encoded, whose audio ends with segment 14 of 16. */
async function playable({
  demuxer,
  extension,
  audio,
  input = sweepInput,
  changes,
}: Source): Promise<[Plan, string]> {
  const { record, plan } = samplePublication({ rungs: [sampleRung('h264', 180, 700_000)] });
  const path = join(folder, `${plan.publicationId}.${extension}`);
  const seconds = segmentCount * 6;
  await runGenerator([
    ...['-y', '-f', 'lavfi', '-i', `testsrc2=s=64x64:r=24:d=${seconds}`],
    ...input(seconds - 8),
    ...['-map', '0:v', '-map', '1:a', '-c:v', 'libx264', '-preset', 'ultrafast', '-g', '100'],
    ...['-pix_fmt', 'yuv420p', ...audio, path],
  ]);
  const [rendition] = plan.audio;
  if (!rendition) throw new Error('the sample has no audio');
  const small: Plan = {
    ...plan,
    grid: { ...plan.grid, segmentCount, frameCount: segmentCount * plan.grid.segmentFrames },
    video: { ...plan.video, demuxer },
    audio: [{ ...rendition, ...changes }],
  };
  await context.titles.create(record);
  await store.put(planKey(plan.publicationId), Buffer.from(JSON.stringify(small)));
  await store.put(plan.source.key, createReadStream(path));
  return [small, path];
}

const keyOf = ({ publicationId }: Plan, file: string): string =>
  `${publicationPrefix(publicationId)}${audioFolder(renditionId)}/${file}`;

const segments = Array.from({ length: segmentCount }, (_, index) => segmentFile(index));

async function readFiles(plan: Plan): Promise<Buffer[]> {
  return Promise.all(
    [initFile, ...segments].map(async (file) => (await store.read(keyOf(plan, file))).bytes),
  );
}

async function demand(plan: Plan, segmentIndex: number): Promise<void> {
  const { titleId, publicationId } = plan;
  await new DemandInterest(redis).wait({ publicationId, renditionId, segmentIndex }, 'an origin');
  await encodeSegment(
    context,
    { titleId, publicationId, segmentIndex, renditionId, followsPlayers: true },
    attempt,
  );
}

async function encodeWhole({ titleId, publicationId }: Plan): Promise<void> {
  await encodeAudio(context, { titleId, publicationId, renditionId }, attempt);
}

/** Samples at 48 kHz, mixed to one channel, at their times on the title's timeline. */
async function decode(path: string): Promise<Float32Array> {
  const even = `aresample=${rate}:async=1:min_hard_comp=0.02:first_pts=0`;
  const graph = `[0:a:0]${even},aformat=channel_layouts=stereo[a]`;
  const { output } = await captureFfmpeg('ffmpeg', [
    ...['-copyts', '-i', path, '-filter_complex', graph, '-map', '[a]', '-ac', '1', '-f', 'f32le', 'pipe:1'],
  ]);
  return new Float32Array(output.buffer, output.byteOffset, output.length / 4);
}

async function decodeFiles(files: readonly Buffer[]): Promise<Float32Array> {
  const path = join(folder, 'rendition.mp4');
  await writeFile(path, Buffer.concat(files));
  return decode(path);
}

/** Level of the difference between two decodes, in decibels below that of `wanted`. */
function signalToNoise(wanted: Float32Array, other: Float32Array, from: number, to: number): number {
  let signal = 0;
  let noise = 0;
  for (let index = from; index < to; index += 1) {
    const value = wanted[index] ?? Number.NaN;
    signal += value ** 2;
    noise += (value - (other[index] ?? Number.NaN)) ** 2;
  }
  return 10 * Math.log10(signal / Math.max(noise, 1e-12));
}

/** Encodes a title whole, then again with a demand first. Resolves to the files of both. */
async function encodeBoth(plan: Plan): Promise<{ whole: Buffer[]; joined: Buffer[] }> {
  await encodeWhole(plan);
  const whole = await readFiles(plan);
  for (const file of [initFile, ...segments]) await store.delete(keyOf(plan, file));
  await demand(plan, demanded);
  const { objects } = await store.list(keyOf(plan, ''));
  expect(objects.map(({ key }) => key)).toEqual(
    [...segments.slice(demanded, endOfRun), initFile].map((file) => keyOf(plan, file)),
  );
  const made = (await store.read(keyOf(plan, segmentFile(demanded)))).bytes;
  await encodeWhole(plan);
  const joined = await readFiles(plan);
  expect(joined[1 + demanded]).toEqual(made);
  expect(joined[0]).toEqual(whole[0]);
  return { whole, joined };
}

/** Two AAC frames on each side of a seam. */
const windowSamples = 4 * samplesPerAacFrame;
const aac = ['-c:a', 'aac', '-b:a', '256k'];

it.each<Source & { what: string }>([
  { what: 'MP4 at another rate', demuxer: 'mov', extension: 'mp4', audio: ['-ar', '44100', ...aac] },
  { what: 'MPEG-TS', demuxer: 'mpegts', extension: 'ts', audio: aac },
  { what: 'MP4', demuxer: 'mov', extension: 'mp4', audio: aac },
  {
    what: 'the sample, repeated',
    demuxer: 'mov',
    extension: 'mp4',
    audio: aac,
    // Its scenes begin in silence; the seams lie elsewhere.
    input: (seconds) => ['-stream_loop', '-1', '-ss', '1.5', '-t', String(seconds), '-i', sample],
  },
])(
  'demanded audio of $what joins that of the whole run without a gap',
  async (source) => {
    const [plan, path] = await playable(source);
    const { whole, joined } = await encodeBoth(plan);
    const [wanted, got, reference] = [
      await decodeFiles(whole),
      await decodeFiles(joined),
      await decode(path),
    ];
    expect(wanted.length).toBe(audioFrameCount(plan.grid, rate) * samplesPerAacFrame);
    expect(got.length).toBe(wanted.length);
    const firstSample = (index: number): number =>
      audioSegmentFrames(plan.grid, index, rate).first * samplesPerAacFrame;
    const windows = Array.from(
      { length: Math.floor((firstSample(endOfRun) - 3 * rate) / windowSamples) },
      (_, index) => 3 * rate + index * windowSamples,
    );
    // The first seconds are left out: the source's own audio starts in them.
    const worst = Math.min(
      ...windows.map((from) => signalToNoise(reference, wanted, from, from + windowSamples)),
    );
    for (const seam of [demanded, endOfRun].map(firstSample)) {
      const from = seam - windowSamples / 2;
      const seamNoise = signalToNoise(reference, got, from, from + windowSamples);
      expect(seamNoise).toBeGreaterThan(worst - 3);
      expect(signalToNoise(wanted, got, from, from + windowSamples)).toBeGreaterThan(35);
    }
  },
  120_000,
);

it.each<Source & { what: string }>([
  { what: 'silence', demuxer: 'mov', extension: 'mp4', audio: aac, changes: { streamIndex: null } },
])(
  'demands $what',
  async (source) => {
    const [plan] = await playable(source);
    const { whole, joined } = await encodeBoth(plan);
    const [wanted, got] = [await decodeFiles(whole), await decodeFiles(joined)];
    expect(got.length).toBe(wanted.length);
    const noise = wanted.reduce(
      (max, value, index) => Math.max(max, Math.abs(value - (got[index] ?? Number.NaN))),
      0,
    );
    expect(noise).toBeLessThan(0.01);
  },
  120_000,
);

it('does nothing if the demanded audio is stored, and stores none if nobody waits for it', async () => {
  const [plan] = await playable({ demuxer: 'mov', extension: 'mp4', audio: aac });
  const { titleId, publicationId } = plan;
  const task = { titleId, publicationId, segmentIndex: 9, renditionId, followsPlayers: true };
  await encodeSegment(context, task, attempt);
  expect((await store.list(keyOf(plan, ''))).objects).toEqual([]);
  await demand(plan, 9);
  expect(await encodeSegment(context, task, attempt)).toBe(0);
}, 120_000);
