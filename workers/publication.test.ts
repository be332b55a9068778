import { execFile, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TitleId } from '#core/contracts/ids.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type System, startSystem } from '#fixtures/system.js';

const run = promisify(execFile);

let system: System;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-publication-'));
  system = await startSystem({ edges: 1, slots: 2 });
});

afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Makes a clip whose frames all differ and whose audio is a steady tone. */
async function makeClip(
  name: string,
  rate: string,
  seconds: number,
  encoder: readonly string[],
): Promise<string> {
  const path = join(folder, name);
  await runGenerator([
    ...['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=${rate}:d=${seconds}`],
    ...['-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${seconds}`],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', ...encoder, '-c:a', 'aac', path],
  ]);
  return path;
}

/** Decodes a file or playlist and resolves to the checksum of each frame, in order. */
async function frameHashes(input: string, filter: string): Promise<string[]> {
  const { stdout } = await run(
    'ffmpeg',
    [
      '-v',
      'error',
      '-i',
      input,
      '-map',
      '0:v:0',
      '-vf',
      filter,
      '-vsync',
      'passthrough',
      '-f',
      'framemd5',
      '-',
    ],
    { maxBuffer: 64 * 2 ** 20 },
  );
  return stdout
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => line.split(',').at(-1)?.trim() ?? '');
}

async function publishClip(
  path: string,
): Promise<{ titleId: TitleId; publication: string; playlistUrl: string }> {
  const titleId = await system.upload(path);
  const title = await system.waitFor(titleId, ['ready', 'failed'], 120_000);
  expect(title.failure).toBeUndefined();
  return {
    titleId,
    publication: join(system.storageFolder, 'objects', 'media', title.publication?.publicationId ?? ''),
    playlistUrl: title.playlistUrl ?? '',
  };
}

/** Finds the times at which frames turn white and the audio turns loud, seconds. */
async function flashesAndBeeps(url: string): Promise<{ flashes: number[]; beeps: number[] }> {
  const { stdout: times } = await run(
    'ffprobe',
    ['-v', 'error', '-select_streams', 'v:0', '-show_entries', 'frame=pts_time', '-of', 'csv=p=0', url],
    { maxBuffer: 64 * 2 ** 20 },
  );
  const raw = await capture([
    '-i',
    url,
    '-map',
    '0:v:0',
    '-vf',
    'scale=1:1,format=gray',
    '-vsync',
    'passthrough',
    '-f',
    'rawvideo',
    '-',
  ]);
  // A frame with side data prints an additional empty line in this format.
  const seconds = times
    .split('\n')
    .map((line) => line.replace(',', '').trim())
    .filter((line) => line !== '')
    .map(Number);
  const flashes = seconds.filter((_, index) => (raw[index] ?? 0) > 180 && (raw[index - 1] ?? 0) <= 180);
  const audio = await capture(['-i', url, '-map', '0:a:0', '-ac', '1', '-ar', '48000', '-f', 's16le', '-']);
  const beeps: number[] = [];
  let quietUntil = 0;
  for (let sample = 0; sample * 2 + 1 < audio.length; sample += 1) {
    if (Math.abs(audio.readInt16LE(sample * 2)) < 8_000) continue;
    if (sample >= quietUntil) beeps.push(sample / 48_000);
    quietUntil = sample + 24_000;
  }
  return { flashes, beeps };
}

async function capture(args: readonly string[]): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('ffmpeg', ['-v', 'error', ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve(Buffer.concat(chunks)) : reject(new Error(`ffmpeg: ${code}`)),
    );
  });
}

describe('a publication', () => {
  it.each([
    ['open-gop-24000-1001', '24000/1001', ['-g', '40', '-bf', '3', '-x264-params', 'open-gop=1'], 14],
    ['closed-gop-30000-1001', '30000/1001', ['-g', '90', '-bf', '2'], 14],
  ])(
    'has exactly the frames of a whole decode: %s',
    async (name, rate, encoder, seconds) => {
      const clip = await makeClip(`${name}.mp4`, rate, seconds, encoder);
      const { publication } = await publishClip(clip);
      const plan = JSON.parse(await readFile(join(publication, 'plan.json'), 'utf8')) as {
        grid: { frameCount: number };
        rungs: { renditionId: string }[];
      };
      const source = await frameHashes(clip, 'null');
      const top = plan.rungs.at(-1)?.renditionId ?? '';
      const published = await frameHashes(join(publication, 'v', top, 'media.m3u8'), 'null');
      expect(plan.grid.frameCount).toBe(source.length);
      expect(published.length).toBe(source.length);
      // The encode is lossy, so a published frame is identified by the source frame that it is closest to.
      const sourceMarks = await capture([
        '-i',
        clip,
        '-vf',
        'scale=32:18,format=gray',
        '-vsync',
        'passthrough',
        '-f',
        'rawvideo',
        '-',
      ]);
      const playlist = join(publication, 'v', top, 'media.m3u8');
      const marks = await capture([
        '-i',
        playlist,
        '-vf',
        'scale=32:18,format=gray',
        '-vsync',
        'passthrough',
        '-f',
        'rawvideo',
        '-',
      ]);
      const frameBytes = 32 * 18;
      const distance = (a: number, b: number): number => {
        let sum = 0;
        for (let index = 0; index < frameBytes; index += 1) {
          sum += Math.abs((marks[a * frameBytes + index] ?? 0) - (sourceMarks[b * frameBytes + index] ?? 0));
        }
        return sum;
      };
      for (let frame = 1; frame < source.length - 1; frame += 1) {
        const here = distance(frame, frame);
        expect(here, `frame ${frame}`).toBeLessThanOrEqual(
          Math.min(distance(frame, frame - 1), distance(frame, frame + 1)),
        );
      }
    },
    180_000,
  );

  it('keeps audio and video in sync from the first second to the last', async () => {
    const clip = join(folder, 'sync-flash.mp4');
    const at = [1, 13];
    const on = at.map((second) => `between(t,${second},${second + 0.2})`).join('+');
    await runGenerator([
      ...[
        '-f',
        'lavfi',
        '-i',
        `color=black:s=320x180:r=25:d=15,geq=lum='if(${on.replaceAll('t,', 'T,')},255,16)':cb=128:cr=128`,
      ],
      ...['-f', 'lavfi', '-i', `aevalsrc='0.9*sin(2*PI*1000*t)*(${on})':s=44100:d=15`],
      ...['-c:v', 'libx264', '-preset', 'veryfast', '-c:a', 'aac', '-shortest', clip],
    ]);
    const { playlistUrl } = await publishClip(clip);
    const { flashes, beeps } = await flashesAndBeeps(playlistUrl);
    expect(flashes).toHaveLength(2);
    expect(beeps).toHaveLength(2);
    for (const [index, second] of at.entries()) {
      expect(Math.abs((flashes[index] ?? 0) - second)).toBeLessThan(0.04);
      expect(Math.abs((beeps[index] ?? 0) - (flashes[index] ?? 0))).toBeLessThan(0.04);
    }
  }, 180_000);

  it('survives a SIGKILL of its worker: stored segments stay the same, no ffmpeg is left', async () => {
    const clip = await makeClip('killed.mp4', '25', 45, ['-g', '50']);
    const titleId = await system.upload(clip);
    const playable = await system.waitFor(titleId, ['playable'], 60_000);
    const media = join(system.storageFolder, 'objects', 'media', playable.publication?.publicationId ?? '');
    await pollUntil('no segment was stored', 60_000, async () =>
      (await segmentsIn(media)).size > 0 ? true : undefined,
    );
    const worker = system.services.get('worker');
    const pid = worker?.pid ?? 0;
    const children = await descendantsOf(pid);
    process.kill(pid, 'SIGKILL');
    const before = await segmentsIn(media);
    await pollUntil('its ffmpeg still runs', 10_000, async () =>
      children.some(isRunning) ? undefined : true,
    );
    await system.startWorker('worker-2');
    const ready = await system.waitFor(titleId, ['ready', 'failed'], 170_000);
    expect(ready.state).toBe('ready');
    const after = await segmentsIn(media);
    for (const [path, hash] of before) expect(after.get(path), path).toBe(hash);
  }, 300_000);

  it('moves to another worker when its worker is stopped', async () => {
    const clip = await makeClip('handed-back.mp4', '25', 60, ['-g', '50']);
    const titleId = await system.upload(clip);
    const playable = await system.waitFor(titleId, ['playable'], 60_000);
    const media = join(system.storageFolder, 'objects', 'media', playable.publication?.publicationId ?? '');
    await pollUntil('no segment was stored', 60_000, async () =>
      (await segmentsIn(media)).size > 0 ? true : undefined,
    );
    const leaving = system.services.get('worker-2');
    await system.startWorker('worker-3');
    await leaving?.stop();
    const ended = await system.waitFor(titleId, ['ready', 'failed'], 170_000);
    expect(ended.failure).toBeUndefined();
    expect(ended.state).toBe('ready');
  }, 300_000);

  it.each([
    ['an empty file', 'empty.mp4', '', 'empty'],
    [
      'a text file named .mp4',
      'text.mp4',
      'Dear editor, please find the video attached.\n'.repeat(50),
      'unsupported',
    ],
  ])('refuses %s by name', async (_, name, content, code) => {
    const path = join(folder, name);
    await writeFile(path, content);
    const title = await system.waitFor(await system.upload(path), ['failed', 'ready'], 60_000);
    expect(title.failure?.code).toBe(code);
  });

  it('has the same plan for the same source and settings, apart from ids and dates', async () => {
    const clip = await makeClip('twice.mp4', '25', 2, []);
    const [first, second] = await Promise.all(
      [clip, clip].map(async (path) => {
        const { titleId, publication } = await publishClip(path);
        const text = await readFile(join(publication, 'plan.json'), 'utf8');
        const { createdAt } = JSON.parse(text) as { createdAt: string };
        return text.replaceAll(titleId, 'title').replace(createdAt, 'then');
      }),
    );
    expect(second).toBe(first);
  }, 120_000);

  it('refuses a file without video by name', async () => {
    const path = join(folder, 'audio-only.mp4');
    await runGenerator(['-f', 'lavfi', '-i', 'sine=d=3', '-c:a', 'aac', path]);
    const title = await system.waitFor(await system.upload(path), ['failed', 'ready'], 60_000);
    expect(title.failure?.code).toBe('no_video');
  });

  it('refuses a file whose second half is missing', async () => {
    const whole = await makeClip('whole.mp4', '25', 12, ['-g', '50', '-movflags', '+faststart']);
    const path = join(folder, 'truncated.mp4');
    const bytes = await readFile(whole);
    await writeFile(path, bytes.subarray(0, Math.floor(bytes.length * 0.55)));
    const title = await system.waitFor(await system.upload(path), ['failed', 'ready'], 60_000);
    expect(title.failure?.code).toBe('truncated');
  });
});

/** Resolves to the checksum of every segment in a publication's folder, by path. */
async function segmentsIn(media: string): Promise<Map<string, string>> {
  const names = await readdir(media, { recursive: true }).catch(() => []);
  const segments = names.filter((name) => name.endsWith('.m4s'));
  const pairs = await Promise.all(
    segments.map(
      async (name): Promise<[string, string]> => [
        name,
        createHash('sha256')
          .update(await readFile(join(media, name)))
          .digest('hex'),
      ],
    ),
  );
  return new Map(pairs);
}

async function descendantsOf(pid: number): Promise<number[]> {
  const { stdout } = await run('ps', ['-e', '-o', 'pid=,ppid=']);
  const rows = stdout
    .trim()
    .split('\n')
    .map((line) => line.trim().split(/\s+/).map(Number));
  const found = new Set([pid]);
  for (let round = 0; round < 8; round += 1) {
    for (const [child = 0, parent = 0] of rows) if (found.has(parent)) found.add(child);
  }
  found.delete(pid);
  return [...found];
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
