import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { measureBitrates } from '#core/hls/measure-bitrates.js';
import { type Fragment, FragmentSplitter, type InitSegment } from '#core/isobmff/fragment-splitter.js';
import { sampleRung } from '#fixtures/sample-publication.js';
import { ladderPresets } from '#planning/ladder/ladder-presets.js';
import { bufferSeconds, declaredPeakShare } from '#planning/ladder/make-rung.js';
import { urgentEncoderArguments } from '#workers/ffmpeg/urgent-encoder-arguments.js';
import { videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-urgent-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Encodes 24 frames a second of 320x180 and resolves to the boxes of the file. */
async function encode(
  name: string,
  source: string,
  args: readonly string[],
): Promise<(InitSegment | Fragment)[]> {
  const path = join(folder, `${name}.mp4`);
  await run('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', source, '-threads', '2', ...args],
    ...['-movflags', '+empty_moov+default_base_moof+frag_keyframe+frag_discont', '-f', 'mp4', path],
  ]);
  return [...new FragmentSplitter().push(await readFile(path))];
}

/** Init segment and first composition offset: all that segments of a rung share. */
async function shared(name: string, args: readonly string[]): Promise<unknown> {
  const items = await encode(name, 'testsrc2=s=320x180:r=24:d=5', args);
  const init = items.find((item) => item.kind === 'init');
  const fragment = items.find((item) => item.kind === 'fragment');
  return [init?.bytes.toString('hex'), fragment?.firstCompositionOffset];
}

it.each([
  ...Object.values(ladderPresets).map(({ h264 }) => h264.encoderPreset),
  'faster',
  'medium',
  'slower',
])('leaves the init segment of preset %s as it is', async (encoderPreset) => {
  const rung = { ...sampleRung('h264', 180, 700_000), encoderPreset };
  const usual = videoEncoderArguments(rung, 48);
  const quick = [...usual, ...urgentEncoderArguments(rung)];
  expect(quick).not.toEqual(usual);
  expect(await shared(`${encoderPreset}-quick`, quick)).toEqual(await shared(encoderPreset, usual));
});

const gopFrames = 48;
const segmentSeconds = 6;

/** A segment of black, which leaves the encoder's buffer full, then two of noise, which no cap suits. */
const noise = 'color=black:s=320x180:r=24:d=18,noise=alls=100:allf=t:all_seed=7:enable=gte(t\\,6)';

it.each(
  Object.entries(ladderPresets).flatMap(([preset, { h264 }]) =>
    [145_000, 365_000, 2_000_000].map((cap) => ({ ...h264, preset, cap })),
  ),
)('keeps the peak of preset $preset at $cap b/s within what playlists declare', async (row) => {
  const { encoderPreset, crf, cap } = row;
  const rung = { ...sampleRung('h264', 180, cap), encoderPreset, crf, bufferBits: cap * bufferSeconds };
  const args = [...videoEncoderArguments(rung, gopFrames), ...urgentEncoderArguments(rung)];
  const items = await encode(`${encoderPreset}-${cap}`, noise, args);
  const gops = items.filter((item) => item.kind === 'fragment').map(({ bytes }) => bytes.length);
  expect(gops).toHaveLength(9);
  const segments = [0, 3, 6].map((first) => ({
    bytes: gops.slice(first, first + 3).reduce((sum, bytes) => sum + bytes, 0),
    seconds: segmentSeconds,
  }));
  const { peakBitsPerSecond } = measureBitrates(segments, segmentSeconds);
  // The noise fills the cap: else this would prove nothing.
  expect(peakBitsPerSecond).toBeGreaterThan(0.8 * cap);
  expect(peakBitsPerSecond).toBeLessThanOrEqual(declaredPeakShare * cap);
});
