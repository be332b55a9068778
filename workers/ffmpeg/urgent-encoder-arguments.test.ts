import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { sampleRung } from '#fixtures/sample-publication.js';
import { ladderPresets } from '#planning/ladder/ladder-presets.js';
import { urgentEncoderArguments } from '#workers/ffmpeg/urgent-encoder-arguments.js';
import { videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';

const run = promisify(execFile);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-urgent-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Init segment and first composition offset: all that segments of a rung share. */
async function shared(name: string, args: readonly string[]): Promise<unknown> {
  const path = join(folder, `${name}.mp4`);
  await run('ffmpeg', [
    ...['-v', 'error', '-y', '-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=24:d=5', '-threads', '2'],
    ...args,
    ...['-movflags', '+empty_moov+default_base_moof+frag_keyframe+frag_discont', '-f', 'mp4', path],
  ]);
  const items = [...new FragmentSplitter().push(await readFile(path))];
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
