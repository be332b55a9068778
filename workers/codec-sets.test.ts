import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { TitleId } from '#core/contracts/ids.js';
import { type Plan, planSchema, type VideoRange, type VideoRung } from '#core/contracts/plan.js';
import { type TitleReport, titleReportSchema } from '#core/contracts/title-report.js';
import type { VideoCodec } from '#core/contracts/upload-settings.js';
import { checkUrl } from '#core/hls/check/check-url.js';
import type { MultivariantPlaylist, PlaylistEntry } from '#core/hls/read/playlist.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { type InitFacts, readInit } from '#core/isobmff/read-init.js';
import { startsWithIdr } from '#core/isobmff/starts-with-idr.js';
import { launchChromium } from '#fixtures/browser.js';
import { captureFfmpeg, runGenerator } from '#fixtures/media/capture-ffmpeg.js';
import { countFrames, type JudgedStream, probeMedia } from '#fixtures/media/judge.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type System, startSystem } from '#fixtures/system.js';

/** Two segments and thus two spans; the second is short. */
const clipSeconds = 7;
const rate = '30000/1001';
const frames = 210;
const ladder = [
  { height: 120, maxBitsPerSecond: 150_000 },
  { height: 180, maxBitsPerSecond: 400_000 },
];

const mastering =
  'master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)L(10000000,50):max-cll=1000,400';
const hevc10 = (transfer: string, more = ''): string[] => [
  ...['-c:v', 'libx265', '-preset', 'ultrafast', '-tag:v', 'hvc1', '-x265-params'],
  `log-level=none:colorprim=bt2020:transfer=${transfer}:colormatrix=bt2020nc:repeat-headers=1${more}`,
];
const wide = (transfer: string): string =>
  `format=gbrpf32le,zscale=pin=bt709:tin=bt709:min=gbr:rin=full:p=bt2020:t=${transfer}:m=bt2020nc:r=limited:npl=203,format=yuv420p10le`;

const sources: Record<VideoRange, { filter: string; encoder: readonly string[] }> = {
  SDR: { filter: 'format=yuv420p', encoder: ['-c:v', 'libx264', '-preset', 'veryfast'] },
  PQ: { filter: wide('smpte2084'), encoder: hevc10('smpte2084', `:${mastering}`) },
  HLG: { filter: wide('arib-std-b67'), encoder: hevc10('arib-std-b67') },
};

let system: System;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-codec-sets-'));
  system = await startSystem({ edges: 1, slots: 2 });
});

afterAll(async () => {
  await system?.stop();
  await rm(folder, { recursive: true, force: true });
});

async function makeClip(range: VideoRange): Promise<string> {
  const path = join(folder, `${range}.mp4`);
  await runGenerator([
    ...['-f', 'lavfi', '-i', `testsrc2=s=320x180:r=${rate}:d=${clipSeconds}`],
    ...['-f', 'lavfi', '-i', `sine=f=440:r=48000:d=${clipSeconds}`],
    ...['-vf', sources[range].filter, ...sources[range].encoder, '-frames:v', String(frames)],
    ...['-c:a', 'aac', path],
  ]);
  return path;
}

interface Published {
  titleId: TitleId;
  clip: string;
  plan: Plan;
  playlistUrl: string;
  /** The publication's folder in storage. */
  folder: string;
}

async function publish(range: VideoRange, codecs: readonly VideoCodec[]): Promise<Published> {
  const clip = await makeClip(range);
  const titleId = await system.upload(clip, { settings: { codecs, ladder } });
  const title = await system.waitFor(titleId, ['ready'], 170_000);
  const publication = title.publication?.publicationId ?? '';
  const stored = join(system.storageFolder, 'objects', 'media', publication);
  const plan = planSchema.parse(JSON.parse(await readFile(join(stored, 'plan.json'), 'utf8')));
  return { titleId, clip, plan, playlistUrl: title.playlistUrl ?? '', folder: stored };
}

/** Fetches the playlist of a player that declares its capabilities. */
async function playlistFor({ playlistUrl }: Published, caps: string): Promise<MultivariantPlaylist> {
  const url = `${playlistUrl}?caps=${caps}`;
  const playlist = readPlaylist(await (await fetch(url)).text(), url);
  if (playlist?.kind !== 'multivariant') throw new Error(`${url} is no multivariant playlist`);
  return playlist;
}

async function reportOf({ titleId }: Published): Promise<TitleReport> {
  const address = `${system.apiUrl}/v1/titles/${titleId}/report`;
  const headers = { authorization: `Bearer ${system.apiKey}` };
  await fetch(address, { method: 'POST', headers });
  return pollUntil(`title ${titleId} has no report`, 120_000, async () => {
    const answer = await fetch(address, { headers });
    return answer.status === 202 ? undefined : titleReportSchema.parse(await answer.json());
  });
}

interface RungMedia {
  init: Buffer;
  facts: InitFacts;
  segments: Buffer[];
}

async function readRung(published: Published, { renditionId }: VideoRung): Promise<RungMedia> {
  const rungFolder = join(published.folder, 'v', renditionId);
  const names = (await readdir(rungFolder)).filter((name) => name.endsWith('.m4s')).sort();
  const init = await readFile(join(rungFolder, 'init.mp4'));
  const segments = await Promise.all(names.map((name) => readFile(join(rungFolder, name))));
  return { init, facts: readInit(init), segments };
}

const transfers = { SDR: 'bt709', PQ: 'smpte2084', HLG: 'arib-std-b67' } as const;
const profiles = { h264: ['High', 'High'], hevc: ['Main', 'Main 10'], av1: ['Main', 'Main'] } as const;
const tags = { h264: 'avc1', hevc: 'hvc1', av1: 'av01' } as const;

function expectStream(stream: JudgedStream | undefined, { codec, videoRange, ...rung }: VideoRung): void {
  const isHdr = videoRange !== 'SDR';
  expect(stream).toMatchObject({
    codec_tag_string: tags[codec],
    profile: profiles[codec][isHdr ? 1 : 0],
    width: rung.width,
    height: rung.height,
    pix_fmt: isHdr ? 'yuv420p10le' : 'yuv420p',
    color_range: 'tv',
    color_space: isHdr ? 'bt2020nc' : 'bt709',
    color_primaries: isHdr ? 'bt2020' : 'bt709',
    color_transfer: transfers[videoRange],
  });
}

const fraction = (text: unknown): number => {
  const [numerator = 0, denominator = 1] = String(text).split('/').map(Number);
  return numerator / denominator;
};

/** Expects the source's own values, within the steps of HEVC (0.00002 and 0.0001) and AV1 (2^-14). */
function expectMetadata(sideData: readonly Record<string, unknown>[], where: string): void {
  const of = (type: string) => sideData.find((data) => data.side_data_type === type) ?? {};
  const display = of('Mastering display metadata');
  const wanted = {
    ...{ red_x: 0.68, red_y: 0.32, green_x: 0.265, green_y: 0.69, blue_x: 0.15, blue_y: 0.06 },
    ...{ white_point_x: 0.3127, white_point_y: 0.329, max_luminance: 1000, min_luminance: 0.005 },
  };
  for (const [name, value] of Object.entries(wanted)) {
    expect(fraction(display[name]), `${where}: ${name}`).toBeCloseTo(value, 4);
  }
  expect(of('Content light level metadata'), where).toMatchObject({ max_content: 1000, max_average: 400 });
}

async function sideDataOfFirstFrame(path: string): Promise<Record<string, unknown>[]> {
  const { output } = await captureFfmpeg('ffprobe', [
    ...[
      '-read_intervals',
      '%+#4',
      '-show_frames',
      '-show_entries',
      'frame=side_data_list',
      '-of',
      'json',
      path,
    ],
  ]);
  const { frames: found } = JSON.parse(output.toString()) as {
    frames: { side_data_list?: Record<string, unknown>[] }[];
  };
  return found[0]?.side_data_list ?? [];
}

/** Decodes each segment alone, behind its init segment, and resolves to the number of frames of each. */
async function framesOfEachSegment({ init, segments }: RungMedia, name: string): Promise<number[]> {
  const counts: number[] = [];
  for (const [index, segment] of segments.entries()) {
    const path = join(folder, `${name}-${index}.mp4`);
    await writeFile(path, Buffer.concat([init, segment]));
    counts.push(await countFrames(path));
  }
  return counts;
}

/** Indexes of the samples at which decoding can start, over the whole rendition. */
function keyFramesOf({ facts, segments }: RungMedia): number[] {
  const found: number[] = [];
  let packetIndex = 0;
  for (const item of segments.flatMap((bytes) => new FragmentSplitter().push(bytes))) {
    if (item.kind !== 'fragment') continue;
    let offset = item.dataOffset;
    for (const { bytes } of item.samples) {
      if (startsWithIdr(item.bytes.subarray(offset, offset + bytes), facts)) found.push(packetIndex);
      offset += bytes;
      packetIndex += 1;
    }
  }
  return found;
}

/** NAL unit types of the first sample: 32 to 34 are parameter sets. */
function hevcUnitsOf({ segments }: RungMedia): number[] {
  const [item] = new FragmentSplitter().push(segments[0] ?? Buffer.alloc(0));
  if (item?.kind !== 'fragment') return [];
  const types: number[] = [];
  const end = item.dataOffset + (item.samples[0]?.bytes ?? 0);
  for (let offset = item.dataOffset; offset < end; offset += 4 + item.bytes.readUInt32BE(offset)) {
    types.push(((item.bytes[offset + 4] ?? 0) >> 1) & 0x3f);
  }
  return types;
}

/** Mean coded luma of a frame in the middle, 0 to 65535. */
async function lumaOf(input: string): Promise<number> {
  const { output } = await captureFfmpeg('ffmpeg', [
    ...['-i', input, '-map', '0:v:0', '-vf', 'extractplanes=y,select=eq(n\\,60),scale=1:1:flags=area'],
    ...['-frames:v', '1', '-pix_fmt', 'gray16le', '-f', 'rawvideo', '-'],
  ]);
  return output.readUInt16LE(0);
}

const entryOf = (entries: readonly PlaylistEntry[], rung: VideoRung): PlaylistEntry | undefined =>
  entries.find(({ uri }) => uri.includes(`/v/${rung.renditionId}/`));

async function expectRung(
  published: Published,
  rung: VideoRung,
  playlist: MultivariantPlaylist,
): Promise<void> {
  const media = await readRung(published, rung);
  const name = rung.renditionId;
  expect(media.facts.codecString, name).toBe(rung.codecString);
  const variant = entryOf(playlist.variants, rung);
  expect(variant?.attributes.get('CODECS')?.split(',')[0], name).toBe(media.facts.codecString);
  expect(variant?.attributes.get('SUPPLEMENTAL-CODECS'), name).toBeUndefined();
  expect(entryOf(playlist.iframes, rung)?.attributes.get('CODECS'), name).toBe(media.facts.codecString);
  const isAllSdr = published.plan.video.range === 'SDR';
  expect(variant?.attributes.get('VIDEO-RANGE'), name).toBe(isAllSdr ? undefined : rung.videoRange);

  expect(await framesOfEachSegment(media, name), name).toEqual([180, 30]);
  expect(keyFramesOf(media), name).toEqual([0, 60, 120, 180]);
  const first = join(folder, `${name}-0.mp4`);
  const stream = (await probeMedia(first)).streams[0];
  expectStream(stream, rung);
  if (rung.codec === 'hevc') {
    expect(
      hevcUnitsOf(media).filter((type) => type >= 32 && type <= 34),
      name,
    ).toEqual([]);
  }
  if (rung.videoRange !== 'PQ') return;
  expectMetadata(stream?.side_data_list ?? [], `${name}, its init segment`);
  expectMetadata(await sideDataOfFirstFrame(first), `${name}, its first frame`);
}

interface Played {
  ended: boolean;
  error: string | undefined;
  seconds: number;
  width: number;
}

/**
 * Plays a title to its end in a real browser. Also resolves to the video renditions that the player
 * requested.
 */
async function playInChromium(titleId: TitleId): Promise<Played & { renditions: string[] }> {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    const asked = new Set<string>();
    page.on('request', (request) => {
      const rendition = /\/v\/([^/]+)\/[0-9]+\.m4s$/.exec(new URL(request.url()).pathname)?.[1];
      if (rendition !== undefined) asked.add(rendition);
    });
    await page.goto(`${system.deliveryUrl}/watch/${titleId}`);
    await page.locator('video').waitFor();
    await page.locator('media-play-button').click();
    const probe = (): Promise<Played> =>
      page.locator('video').evaluate((element) => {
        const { ended, error, currentTime, videoWidth } = element as HTMLVideoElement;
        return { ended, error: error?.message, seconds: currentTime, width: videoWidth };
      });
    let last: Played | undefined;
    const played = await pollUntil(
      () => `playback did not end: ${JSON.stringify(last)}, asked for ${[...asked].join()}`,
      60_000,
      async () => {
        last = await probe();
        return last.ended || last.error ? last : undefined;
      },
    );
    return { ...played, renditions: [...asked] };
  } finally {
    await browser.close();
  }
}

describe('a codec set', () => {
  it.each<[VideoRange, readonly VideoCodec[]]>([
    ['SDR', ['h264', 'hevc']],
    ['SDR', ['h264', 'av1']],
    ['PQ', ['h264', 'hevc', 'av1']],
    ['HLG', ['h264', 'hevc', 'av1']],
  ])(
    '%s source, %j: each rung matches the playlist and breaks no rule',
    async (range, codecs) => {
      const published = await publish(range, codecs);
      const { plan } = published;
      expect(plan.video.range).toBe(range);
      expect(plan.rungs.map(({ codec }) => codec)).toEqual(codecs.flatMap((codec) => [codec, codec]));
      for (const { codec, videoRange } of plan.rungs) {
        expect(videoRange, codec).toBe(codec === 'h264' ? 'SDR' : range);
      }
      const playlist = await playlistFor(published, `${codecs.join()},hdr`);
      for (const rung of plan.rungs) await expectRung(published, rung, playlist);

      const report = await checkUrl(playlist.uri);
      expect(report.findings).toEqual([]);
      expect(report.notes).toEqual([]);

      // HDR keeps the coded brightness; a conversion would change it by a third.
      const luma = await lumaOf(published.clip);
      for (const { codec, renditionId } of plan.rungs.filter((rung) => rung.codec !== 'h264')) {
        const found = await lumaOf(join(published.folder, 'v', renditionId, 'media.m3u8'));
        expect(Math.abs(found / luma - 1), `${codec} ${renditionId}: ${found}, ${luma}`).toBeLessThan(0.03);
      }

      if (range === 'PQ') {
        // Compared with frames of the other range it would be below 15 dB.
        for (const { renditionId, quality } of (await reportOf(published)).rungs)
          expect(quality?.psnr, renditionId).toBeGreaterThan(20);
      }

      const plain = await playlistFor(published, 'h264');
      expect(plain.variants.map((entry) => entry.attributes.get('CODECS')?.slice(0, 4))).toEqual([
        'avc1',
        'avc1',
      ]);

      if (!codecs.includes('av1') || range !== 'SDR') return;
      const played = await playInChromium(published.titleId);
      expect(played).toMatchObject({ ended: true, error: undefined, width: 320 });
      expect(played.seconds).toBeGreaterThan(clipSeconds - 0.1);
      expect(played.renditions.filter((rendition) => !rendition.startsWith('av1-'))).toEqual([]);
    },
    300_000,
  );
});
