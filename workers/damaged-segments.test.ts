import { access, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { checkDigest } from '#core/isobmff/digest-box.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type System, startSystem } from '#fixtures/system.js';

let system: System;
let folder: string;
/** Folder of the publication, and the addresses of its media playlists at the edge, by `v` and `a`. */
let publication: string;
let playlists: Record<'v' | 'a', { url: string; renditionId: string }>;
let sourceFile: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-damaged-'));
  system = await startSystem({ edges: 1, slots: 2 });
  const clip = join(folder, 'clip.mp4');
  await runGenerator([
    ...['-f', 'lavfi', '-i', 'testsrc2=s=320x180:r=25:d=17', '-f', 'lavfi', '-i', 'sine=f=440:r=48000:d=17'],
    ...['-c:v', 'libx264', '-preset', 'veryfast', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip],
  ]);
  const titleId = await system.upload(clip);
  const title = await system.waitFor(titleId, ['ready']);
  const objects = join(system.storageFolder, 'objects');
  publication = join(objects, 'media', title.publication?.publicationId ?? '');
  sourceFile = join(objects, 'sources', titleId, 'source');
  playlists = await findPlaylists(title.playlistUrl ?? '');
}, 120_000);

afterAll(async () => {
  await system.stop();
  await rm(folder, { recursive: true, force: true });
});

async function findPlaylists(url: string): Promise<typeof playlists> {
  const text = await (await fetch(url)).text();
  const find = (kind: 'v' | 'a') => {
    const [uri, renditionId = ''] =
      new RegExp(`[^\\s"]*/${kind}/([a-z0-9-]+)/media\\.m3u8[^\\s"]*`).exec(text) ?? expect.fail(text);
    return { url: new URL(uri, url).href, renditionId };
  };
  return { v: find('v'), a: find('a') };
}

const fileOf = (kind: 'v' | 'a', name: string) => join(publication, kind, playlists[kind].renditionId, name);
const fetchFromEdge = (kind: 'v' | 'a', name: string) => fetch(new URL(name, playlists[kind].url));

/** Fetches an object from the edge as a player does: again after each 503. */
async function play(kind: 'v' | 'a', name: string): Promise<Buffer> {
  return pollUntil(`${kind}/${name} is served`, 60_000, async () => {
    const answer = await fetchFromEdge(kind, name);
    if (answer.status !== 200) {
      expect(answer.status).toBe(503);
      return undefined;
    }
    return Buffer.from(await answer.arrayBuffer());
  });
}

const startOf = (segment: Buffer) =>
  new FragmentSplitter().push(segment).flatMap((item) => (item.kind === 'fragment' ? item.tfdt : []));

async function readMetrics(): Promise<string> {
  return (await fetch(`${system.originUrl}/metrics`)).text();
}

test('stores every segment and init segment with its digest', async () => {
  for (const kind of ['v', 'a'] as const)
    for (const name of ['init.mp4', '00000.m4s', '00001.m4s', '00002.m4s'])
      expect(checkDigest(await readFile(fileOf(kind, name))), `${kind}/${name}`).toBe('valid');
});

// Audio first: a demand for video reads the audio beside it, which the origin then holds in memory.
test.each([
  ['a', '00001.m4s'],
  ['v', '00001.m4s'],
] as const)('makes a missing segment of a ready title again: %s/%s', async (kind, name) => {
  const before = await readFile(fileOf(kind, name));
  await rm(fileOf(kind, name));
  const served = await play(kind, name);
  expect(checkDigest(served)).toBe('valid');
  expect(startOf(served)).toEqual(startOf(before));
  expect(await readFile(fileOf(kind, name))).toEqual(served);
  expect(await readMetrics()).toMatch(/millrace_origin_damage_total\{kind="repaired"[^}]*\} [1-9]/);
});

test.each([
  ['a', '00002.m4s'],
  ['a', 'init.mp4'],
  ['v', '00002.m4s'],
  ['v', 'init.mp4'],
] as const)('never serves an object with a flipped bit, and makes it again: %s/%s', async (kind, name) => {
  const before = await readFile(fileOf(kind, name));
  const damaged = Buffer.from(before);
  const middle = damaged.length >> 1;
  damaged.writeUInt8(damaged.readUInt8(middle) ^ 1, middle);
  await writeFile(fileOf(kind, name), damaged);
  const served = await play(kind, name);
  expect(checkDigest(served)).toBe('valid');
  if (name === 'init.mp4') expect(served).toEqual(before);
  else expect(startOf(served)).toEqual(startOf(before));
  const copy = join(publication, 'damaged', kind, playlists[kind].renditionId, `${name}.damaged`);
  expect(await readFile(copy)).toEqual(damaged);
  expect(await readMetrics()).toMatch(/millrace_origin_damage_total\{kind="changed"[^}]*\} [1-9]/);
  expect(system.services.get('encoder')?.log).toContain('does not match its digest');
});

test('answers 410 for a missing segment whose source is gone too', async () => {
  await rm(fileOf('v', '00000.m4s'));
  await access(sourceFile);
  await rm(sourceFile);
  const answer = await fetchFromEdge('v', '00000.m4s');
  expect(answer.status).toBe(410);
  expect(system.services.get('encoder')?.log).toContain('the source of its title is gone');
});
