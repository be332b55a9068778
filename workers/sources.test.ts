import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Plan, planSchema } from '#core/contracts/plan.js';
import type { TitleResource } from '#core/contracts/title-resource.js';
import { captureFfmpeg } from '#fixtures/media/capture-ffmpeg.js';
import { cornerNames, cornersSeen } from '#fixtures/media/corner-colours.js';
import { type DecodedAudio, decodeAudio } from '#fixtures/media/decoded-audio.js';
import { type FrameMark, frameMarks, misplacedFrames } from '#fixtures/media/frame-marks.js';
import { beepTimes, flashTimes, frameAt, probeMedia } from '#fixtures/media/judge.js';
import { makeMedia } from '#fixtures/media/make-media.js';
import { parseRate } from '#fixtures/media/recipes/clip.js';
import type { ClipFacts } from '#fixtures/media/recipes/media-recipe.js';
import { mediaNames, recipes } from '#fixtures/media/recipes.js';
import { type System, startSystem } from '#fixtures/system.js';

let system: System;

beforeAll(async () => {
  system = await startSystem({ edges: 1, slots: 2 });
});

afterAll(async () => {
  await system.stop();
});

const clips = mediaNames.flatMap((name) => {
  const { expected, defect } = recipes[name];
  return expected.result === 'plays' ? [{ name, defect, facts: expected }] : [];
});

/** One source and its publication. */
interface Published {
  facts: ClipFacts;
  sourcePath: string;
  folder: string;
  title: TitleResource;
  plan: Plan;
  /** The best rung and its media playlist. */
  rung: Plan['rungs'][number];
  videoPath: string;
  audioPath: string;
}

async function publish(facts: ClipFacts, sourcePath: string): Promise<Published> {
  const titleId = await system.upload(sourcePath);
  const title = await system.waitFor(titleId, ['ready', 'failed'], 90_000);
  expect(title.failure).toBeUndefined();
  const folder = join(system.storageFolder, 'objects', 'media', title.publication?.publicationId ?? '');
  const plan = planSchema.parse(JSON.parse(await readFile(join(folder, 'plan.json'), 'utf8')));
  const rung = plan.rungs.at(-1);
  const audio = plan.audio.find(({ isDefault }) => isDefault);
  if (!rung || !audio) throw new Error('the plan has no rung or no default audio');
  return {
    facts,
    sourcePath,
    folder,
    title,
    plan,
    rung,
    videoPath: join(folder, 'v', rung.renditionId, 'media.m3u8'),
    audioPath: join(folder, 'a', audio.renditionId, 'media.m3u8'),
  };
}

/** Rungs of up to 540 lines have half the frame rate of sources above 30 frames per second. */
function publishedRate({ display, outputRate }: ClipFacts): number {
  const halves = parseRate(outputRate) > 30.5 && Math.min(display.width, display.height) <= 540;
  return parseRate(outputRate) / (halves ? 2 : 1);
}

const titleSeconds = ({ durationSeconds, heldSeconds = 0 }: ClipFacts): number =>
  durationSeconds + heldSeconds;

async function checkFormat({ facts, videoPath, title, plan }: Published): Promise<void> {
  const [video] = (await probeMedia(videoPath)).streams;
  expect(video).toMatchObject({
    codec_name: 'h264',
    ...facts.display,
    pix_fmt: 'yuv420p',
    color_range: 'tv',
    color_space: 'bt709',
    color_transfer: 'bt709',
    color_primaries: 'bt709',
  });
  expect(await interlacedFrames(videoPath)).toEqual([]);
  expect(['1:1', undefined]).toContain(video?.['sample_aspect_ratio']);
  expect(parseRate(String(video?.['r_frame_rate']))).toBeCloseTo(publishedRate(facts), 6);
  expect(title.publication).toMatchObject(facts.display);
  const [numerator, denominator = 1] = facts.outputRate.split('/').map(Number);
  expect(title.publication?.frameRate).toEqual({ numerator, denominator });
  const aspect = facts.display.width / facts.display.height;
  for (const { width, height } of plan.rungs) {
    // A side rounded to the nearest even pixel is off by one at most.
    expect(Math.abs(width - height * aspect)).toBeLessThanOrEqual(1 + aspect);
  }
}

/** Finds the frames that the decoder flags as interlaced, among the first ones. */
async function interlacedFrames(path: string): Promise<string[]> {
  const { output } = await captureFfmpeg('ffprobe', [
    ...['-select_streams', 'v:0', '-read_intervals', '%+#24'],
    ...['-show_entries', 'frame=interlaced_frame', '-of', 'csv=p=0', path],
  ]);
  const flags = output.toString().match(/\d/g) ?? [];
  expect(flags.length).toBeGreaterThan(0);
  return flags.filter((flag) => flag !== '0');
}

/** Checks that no frame is missing, and each frame's timestamp and content. */
async function checkFrames(published: Published): Promise<FrameMark[]> {
  const { facts, plan, rung, videoPath, sourcePath } = published;
  const gridFrames = Math.max(1, Math.round(titleSeconds(facts) * parseRate(facts.outputRate)));
  const frames = await frameMarks(videoPath);
  expect(plan.grid.frameCount).toBe(gridFrames);
  expect(frames).toHaveLength(Math.ceil(gridFrames / rung.frameStep));
  const rate = publishedRate(facts);
  const strayed = frames.filter(({ seconds }, index) => Math.abs(seconds - index / rate) > 0.000_2);
  expect(strayed).toEqual([]);
  const isHdr = plan.video.range !== 'SDR';
  // Tone mapping changes the brightness that frame marks rely on; `checkCorners` checks those frames.
  if (!isHdr) {
    const stream = `0:${plan.video.streamIndex}`;
    const source = await frameMarks(sourcePath, { stream });
    const placing = {
      heldSeconds: facts.heldSeconds ?? 0,
      // The grid moves a frame by up to half a frame; the coarsest container rounds timestamps to 2 ms.
      toleranceSeconds: 0.5 / parseRate(facts.outputRate) + 0.002,
    };
    expect(misplacedFrames(frames, source, placing)).toEqual([]);
  }
  return frames;
}

async function checkCorners({ facts, videoPath, plan }: Published): Promise<void> {
  if (!facts.corners) return;
  const video = await frameAt(videoPath, 0.5);
  expect(cornersSeen(video)).toEqual(cornerNames);
  const grey = video.colourAt(video.width / 2, video.height / 2);
  const tolerance = plan.video.range === 'SDR' ? 4 : 20;
  for (const value of [grey.red, grey.green, grey.blue]) {
    expect(Math.abs(value - 128)).toBeLessThanOrEqual(tolerance);
  }
  // A grey must stay grey through every matrix.
  expect(Math.max(...Object.values(grey)) - Math.min(...Object.values(grey))).toBeLessThanOrEqual(6);
  const [red, white] = [
    video.colourAt(Math.floor(video.width / 8), Math.floor(video.height / 8)),
    video.colourAt(Math.floor((video.width * 7) / 8), Math.floor((video.height * 7) / 8)),
  ];
  expect(red.red).toBeGreaterThan(plan.video.range === 'SDR' ? 240 : 180);
  expect(Math.max(red.green, red.blue)).toBeLessThan(plan.video.range === 'SDR' ? 20 : 60);
  expect(Math.min(white.red, white.green, white.blue)).toBeGreaterThan(
    plan.video.range === 'SDR' ? 245 : 200,
  );
}

async function checkColour({ facts: { colour }, videoPath }: Published): Promise<void> {
  if (!colour) return;
  // `checkFormat` has checked the tags that this conversion relies on.
  const shown = 'scale=w=16:h=16:flags=area+accurate_rnd:in_color_matrix=bt709:in_range=limited';
  const mean = (await frameAt(videoPath, 0.25, shown)).colourAt(8, 8);
  for (const channel of ['red', 'green', 'blue'] as const) {
    expect(Math.abs(mean[channel] - colour[channel]), JSON.stringify(mean)).toBeLessThanOrEqual(6);
  }
}

/** Expects no frame in which `idet` detects two fields of different times. */
async function checkFields({ facts, videoPath }: Published): Promise<void> {
  if (!facts.combed) return;
  const { output } = await captureFfmpeg('ffmpeg', [
    ...['-i', videoPath, '-vf', 'idet=intl_thres=1.5,metadata=mode=print:file=-', '-an'],
    ...['-frames:v', '300', '-f', 'null', '-'],
  ]);
  const text = output.toString();
  for (const order of ['tff', 'bff'])
    expect(text.split(`lavfi.idet.multiple.current_frame=${order}`)).toHaveLength(1);
}

async function checkAudio({ facts, audioPath, plan }: Published, videoSeconds: number): Promise<void> {
  const [track] = (await probeMedia(audioPath)).streams;
  expect(track).toMatchObject({ codec_name: 'aac', channels: 2, sample_rate: '48000' });
  expect(Number(track?.start_time)).toBeCloseTo(0, 3);
  const audio = await decodeAudio(audioPath);
  // Audio consists of whole AAC frames that cover the video.
  expect(audio.seconds - videoSeconds).toBeGreaterThan(-0.04);
  expect(audio.seconds - videoSeconds).toBeLessThan(0.022);
  expect(plan.audio.map(({ language }) => language)).toEqual(facts.languages ?? ['und']);
  if (facts.sync) return;
  if (facts.audio === null) expect(audio.levelBetween(0, audio.seconds)).toBeLessThan(0.000_5);
  else checkTones(facts, audio);
}

/** How long a codec rings before and after a sudden change, seconds. */
const swingSeconds = 0.06;

function checkTones(facts: ClipFacts, audio: DecodedAudio): void {
  const { fromSeconds, toSeconds } = facts.heard ?? { fromSeconds: 0, toSeconds: titleSeconds(facts) };
  const { left, right } = facts.tones ?? { left: [440], right: [440] };
  const within = [fromSeconds + swingSeconds, toSeconds - swingSeconds] as const;
  if (within[1] - within[0] > 0.1) {
    for (const [channel, own, other] of [
      ['left', left, right],
      ['right', right, left],
    ] as const) {
      for (const hertz of own) expect(audio.toneBetween(channel, hertz, ...within)).toBeGreaterThan(0.01);
      for (const hertz of other.filter((tone) => !own.includes(tone)))
        expect(audio.toneBetween(channel, hertz, ...within)).toBeLessThan(0.005);
    }
  }
  // The tone has no gap of a tenth of a second.
  for (let at = within[0]; at + 0.1 <= within[1]; at += 0.1) {
    expect(audio.levelBetween(at, at + 0.1), `at ${at.toFixed(2)} s`).toBeGreaterThan(0.02);
  }
  expect(audio.levelBetween(0, fromSeconds - swingSeconds)).toBeLessThan(0.002);
  expect(audio.levelBetween(toSeconds + swingSeconds, audio.seconds)).toBeLessThan(0.002);
}

async function checkSync({ facts, videoPath, audioPath }: Published): Promise<void> {
  if (!facts.sync) return;
  const [flashes, beeps] = [await flashTimes(videoPath), await beepTimes(audioPath)];
  expect(flashes).toHaveLength(facts.sync.flashes.length);
  expect(beeps).toHaveLength(facts.sync.beeps.length);
  for (const [index, flash] of facts.sync.flashes.entries()) {
    expect(Math.abs((flashes[index] ?? Number.NaN) - flash)).toBeLessThan(0.04);
    expect(Math.abs((beeps[index] ?? Number.NaN) - (facts.sync.beeps[index] ?? 0))).toBeLessThan(0.01);
    expect(Math.abs((beeps[index] ?? Number.NaN) - (flashes[index] ?? Number.NaN))).toBeLessThan(0.04);
  }
}

/** Tags that our muxer writes. All others would come from the source. */
const ownTags = new Set([
  ...['language', 'handler_name', 'vendor_id', 'encoder', 'variant_bitrate'],
  ...['major_brand', 'minor_version', 'compatible_brands'],
]);
const ownNames = new Set(['VideoHandler', 'SoundHandler']);

async function checkMetadata({ folder, videoPath, audioPath, title, facts }: Published): Promise<void> {
  for (const path of [videoPath, audioPath]) {
    const { streams, format, chapters } = await probeMedia(path);
    expect(chapters).toEqual([]);
    expect(Object.keys(format.tags ?? {}).filter((tag) => !ownTags.has(tag))).toEqual([]);
    for (const { tags = {} } of streams) {
      expect(Object.keys(tags).filter((tag) => !ownTags.has(tag))).toEqual([]);
      expect(ownNames.has(tags['handler_name'] ?? 'VideoHandler')).toBe(true);
    }
  }
  for (const name of await readdir(folder, { recursive: true })) {
    if (!/\.(m3u8|m4s|mp4)$/.test(name)) continue;
    const text = await readFile(join(folder, name), 'latin1');
    expect(text).not.toMatch(/EXT-X-KEY|<script>|\+52\.5200|ISO6709/);
  }
  const chapters = (title.chapters ?? []).map(({ name, startSeconds }) => ({ name, startSeconds }));
  expect(chapters).toEqual(facts.chapters ?? []);
}

describe.concurrent('a source is published correctly', () => {
  it.each(clips)(
    '$name: $defect',
    async ({ name, facts }) => {
      const published = await publish(facts, await makeMedia(name));
      await checkFormat(published);
      const frames = await checkFrames(published);
      await checkCorners(published);
      await checkColour(published);
      await checkFields(published);
      await checkAudio(published, frames.length / publishedRate(facts));
      await checkSync(published);
      await checkMetadata(published);
    },
    120_000,
  );
});
