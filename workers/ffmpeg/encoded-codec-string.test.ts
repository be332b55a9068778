import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { VideoRange, VideoRung } from '#core/contracts/plan.js';
import { rational } from '#core/contracts/rational.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { readInit } from '#core/isobmff/read-init.js';
import { sampleRung } from '#fixtures/sample-publication.js';
import { rungCodecString } from '#planning/levels/rung-codec-string.js';
import { videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';

const run = promisify(execFile);
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-codec-string-'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Shape {
  size: readonly [number, number];
  rate: number;
  kilobitsPerSecond: number;
}

const shapes: Record<string, Shape> = {
  'the smallest size that SVT-AV1 accepts': { size: [114, 64], rate: 15, kilobitsPerSecond: 60 },
  '234p': { size: [416, 234], rate: 24, kilobitsPerSecond: 145 },
  '234p at a very high bitrate': { size: [416, 234], rate: 24, kilobitsPerSecond: 8_000 },
  'portrait 360p': { size: [360, 640], rate: 30, kilobitsPerSecond: 300 },
  '720p at 60': { size: [1280, 720], rate: 60, kilobitsPerSecond: 3_400 },
  '1080p with 25 Mb/s': { size: [1920, 1080], rate: 24, kilobitsPerSecond: 25_000 },
  '2160p at 60': { size: [3840, 2160], rate: 60, kilobitsPerSecond: 16_800 },
};

const presets: Record<VideoCodec, string> = { h264: 'veryfast', hevc: 'ultrafast', av1: '12' };

function rungOf(codec: VideoCodec, videoRange: VideoRange, shape: Shape): VideoRung {
  const capBitsPerSecond = shape.kilobitsPerSecond * 1000;
  const rung = {
    ...sampleRung(codec, shape.size[1], capBitsPerSecond),
    width: shape.size[0],
    frameRate: rational(shape.rate),
    encoderPreset: presets[codec],
    capBitsPerSecond,
    bufferBits: capBitsPerSecond,
    videoRange,
  };
  return { ...rung, codecString: rungCodecString(rung) };
}

/** Encodes two grey frames and reads the codec string from the output. */
async function encodedString(rung: VideoRung): Promise<string> {
  const path = join(folder, `${rung.renditionId}-${rung.videoRange}-${rung.capBitsPerSecond}.mp4`);
  await run('ffmpeg', [
    ...['-v', 'error', '-f', 'lavfi', '-i'],
    `color=gray:s=${rung.width}x${rung.height}:r=${rung.frameRate.numerator}:d=1`,
    ...videoEncoderArguments(rung, 48),
    ...['-frames:v', '2', '-movflags', '+empty_moov+default_base_moof+frag_keyframe', path],
  ]);
  const [init] = new FragmentSplitter().push(await readFile(path));
  return init?.kind === 'init' ? readInit(init.bytes).codecString : 'nothing';
}

it.each(Object.entries(shapes))('encoders write the planned codec string: %s', async (_name, shape) => {
  const rungs = [
    rungOf('h264', 'SDR', shape),
    ...(['SDR', 'PQ', 'HLG'] as const).flatMap((range) => [
      rungOf('hevc', range, shape),
      rungOf('av1', range, shape),
    ]),
  ];
  for (const rung of rungs)
    expect(await encodedString(rung), `${rung.codec} ${rung.videoRange}`).toBe(rung.codecString);
});
