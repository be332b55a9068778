import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '#fixtures/browser.js';
import { pollUntil } from '#fixtures/poll-until.js';
import { type System, startSystem } from '#fixtures/system.js';
import { type Traffic, watchTraffic } from '#fixtures/watch-traffic.js';

/** Five segments: two fast, two slow, one fast again. */
const clipSeconds = 30;
/** Two rungs far apart, so that their renditions are easy to distinguish and little is encoded. */
const ladder = [
  { height: 180, maxBitsPerSecond: 200_000 },
  { height: 540, maxBitsPerSecond: 2_000_000, crf: 18 },
];

let system: System;
let browser: Browser;
let clip: string;

beforeAll(async () => {
  [system, browser] = await Promise.all([startSystem({ edges: 3, slots: 2 }), launchChromium()]);
  clip = join(system.storageFolder, '..', 'clip.mp4');
  await makeClip(clip);
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
});

describe('a title in the browser', () => {
  it('plays to its end from the edges, with audio, over a connection that changes', async () => {
    const titleId = await system.upload(clip, { name: 'The mill race', settings: { ladder } });
    const page = await openPage();
    const traffic = watchTraffic(page);
    const setSpeed = await throttle(page);
    await page.goto(`${system.deliveryUrl}/watch/${titleId}`);
    await page.getByRole('heading', { level: 1, name: 'The mill race' }).waitFor();

    // The page was opened while the title was being prepared. The player appears by itself.
    await page.locator('video').waitFor({ timeout: 120_000 });
    await page.getByText('Playable', { exact: true }).waitFor();

    // Measures with stored segments: one that is encoded on demand says nothing about the connection.
    await system.waitFor(titleId, ['ready'], 180_000);
    // The player is paused, so the page loads the complete playlist within seconds.
    await page.waitForRequest(new RegExp(`/play/${titleId}\\.m3u8`));
    const { lowest, highest } = await readBitRates(titleId);
    await setSpeed(highest * 8);
    traffic.forget();
    await page.reload();
    await page.locator('video').waitFor();
    await recordPlayback(page);
    await page.locator('media-play-button').click();
    await untilVideoSegments(traffic, 2);
    await setSpeed(lowest * 1.3);
    await untilVideoSegments(traffic, 4);
    await setSpeed(undefined);
    await pollUntil(
      () => `playback did not end: ${traffic.describe()}`,
      120_000,
      async () => ((await playbackOf(page)).ended ? true : undefined),
    );

    const played = await playbackOf(page);
    expect(played.error).toBeNull();
    expect(played.seconds).toBeGreaterThan(clipSeconds - 0.5);
    expect(played.heights.length, `heights on screen: ${played.heights.join(', ')}`).toBeGreaterThanOrEqual(
      2,
    );
    expect(played.loudness).toBeGreaterThan(0.001);
    expect(await page.getByRole('alert').count()).toBe(0);
    expect(traffic.consoleErrors).toEqual([]);

    const edgeOrigins = system.edges.map((edge) => edge.url);
    expect(traffic.mediaOrigins().length).toBeGreaterThan(0);
    for (const origin of traffic.mediaOrigins()) expect(edgeOrigins).toContain(origin);
    for (const origin of traffic.origins()) expect([system.deliveryUrl, ...edgeOrigins]).toContain(origin);

    await expectTelemetry(page);
    await page.close();
  }, 300_000);

  it('fits a phone 360 pixels wide', async () => {
    const titleId = await system.upload(clip, {
      settings: { ladder },
      name: 'A-very-long-name-without-any-space-in-it-that-somebody-exported_as_FINAL_v27_really_final.mov',
    });
    await system.waitFor(titleId, ['playable', 'ready']);
    const page = await openPage({ width: 360, height: 780 });
    for (const path of ['/', `/watch/${titleId}`]) {
      await page.goto(system.deliveryUrl + path);
      await page.getByRole('heading', { level: 1 }).waitFor();
      if (path !== '/') await page.getByText('from cache').waitFor();
      const wide = await page.evaluate(() => document.documentElement.scrollWidth);
      expect(wide, path).toBeLessThanOrEqual(360);
    }
    await page.close();
  }, 180_000);

  it('explains why a title failed, with the code, on its page and in the library', async () => {
    const file = join(system.storageFolder, '..', 'notes.mp4');
    await writeFile(file, 'These are notes, not a video.\n'.repeat(50));
    const titleId = await system.upload(file, { name: 'Notes' });
    const { failure } = await system.waitFor(titleId, ['failed']);
    const page = await openPage();
    await page.goto(`${system.deliveryUrl}/watch/${titleId}`);
    const alert = page.getByRole('alert');
    await alert.getByRole('heading', { name: 'This title could not be published' }).waitFor();
    expect(await alert.textContent()).toContain(failure?.message);
    expect(await alert.locator('code').first().textContent()).toBe('unsupported');

    await page.goto(system.deliveryUrl);
    const card = page.getByRole('listitem').filter({ hasText: 'Notes' });
    await card.getByText('unsupported').waitFor();
    await page.close();
  }, 120_000);

  it('reports a missing title, and a service that does not answer', async () => {
    const page = await openPage();
    await page.goto(`${system.deliveryUrl}/watch/0193a1b2-c3d4-7e5f-8a6b-000000000001`);
    await page.getByRole('heading', { level: 1, name: 'There is no such title' }).waitFor();
    await page.route('**/titles*', (route) => route.abort());
    await page.goto(system.deliveryUrl);
    await page.getByRole('heading', { level: 1, name: 'The delivery service does not answer' }).waitFor();
    await page.close();
  }, 60_000);
});

function openPage(viewport = { width: 1280, height: 800 }): Promise<Page> {
  return browser.newPage({ viewport });
}

/** Returns the bits per second of the lowest and the highest variant, as the playlist declares them. */
async function readBitRates(titleId: string): Promise<{ lowest: number; highest: number }> {
  const playlist = await (await fetch(`${system.deliveryUrl}/play/${titleId}.m3u8`)).text();
  const declared = [...playlist.matchAll(/^#EXT-X-STREAM-INF:(?:.*,)?BANDWIDTH=(\d+)/gm)].map(([, bits]) =>
    Number(bits),
  );
  return { lowest: Math.min(...declared), highest: Math.max(...declared) };
}

async function untilVideoSegments(traffic: Traffic, count: number): Promise<void> {
  await pollUntil(
    () => `${count} video segments did not arrive: ${traffic.describe()}`,
    90_000,
    async () => (traffic.videoSegments() >= count ? true : undefined),
    20,
  );
}

/** Makes a clip of a test pattern, with enough noise for its renditions to differ in bit rate, and a tone. */
async function makeClip(file: string): Promise<void> {
  const video = `testsrc2=size=960x540:rate=12:duration=${clipSeconds}`;
  const tone = `sine=frequency=330:sample_rate=48000:duration=${clipSeconds}`;
  const encoding = '-c:v libx264 -preset ultrafast -crf 20 -pix_fmt yuv420p -c:a aac -shortest'.split(' ');
  const inputs = ['-v', 'error', '-f', 'lavfi', '-i', video, '-f', 'lavfi', '-i', tone];
  await promisify(execFile)('ffmpeg', [...inputs, '-vf', 'noise=alls=10:allf=t', ...encoding, file]);
}

/** Returns a function that limits the bandwidth of the page; `undefined` removes the limit. */
async function throttle(page: Page): Promise<(bitsPerSecond: number | undefined) => Promise<void>> {
  const session = await page.context().newCDPSession(page);
  await session.send('Network.enable');
  return async (bitsPerSecond) => {
    const bytesPerSecond = bitsPerSecond === undefined ? -1 : bitsPerSecond / 8;
    await session.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: bitsPerSecond === undefined ? 0 : 40,
      downloadThroughput: bytesPerSecond,
      uploadThroughput: -1,
    });
  };
}

interface Played {
  /** Distinct heights of the video, in the order in which they were shown. */
  heights: number[];
  /** Furthest position, in seconds. */
  seconds: number;
  ended: boolean;
  error: string | null;
  /** Largest root mean square of the decoded audio, 0 to 1. */
  loudness: number;
}

/** Observes the video element itself, not what the page reports. */
async function recordPlayback(page: Page): Promise<void> {
  await page.evaluate(() => {
    const video = document.querySelector('video');
    if (!video) throw new Error('no video');
    const played: Played = { heights: [], seconds: 0, ended: false, error: null, loudness: 0 };
    Object.assign(globalThis, { played });
    const context = new AudioContext();
    const analyser = context.createAnalyser();
    context.createMediaElementSource(video).connect(analyser).connect(context.destination);
    video.addEventListener('play', () => void context.resume());
    const wave = new Float32Array(analyser.fftSize);
    const check = (): void => {
      played.seconds = Math.max(played.seconds, video.currentTime);
      const { videoHeight } = video;
      if (videoHeight > 0 && video.currentTime > 0 && !played.heights.includes(videoHeight))
        played.heights.push(videoHeight);
      analyser.getFloatTimeDomainData(wave);
      const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length;
      played.loudness = Math.max(played.loudness, Math.sqrt(power));
      played.error = video.error?.message ?? null;
      played.ended = video.ended;
    };
    setInterval(check, 100);
  });
}

function playbackOf(page: Page): Promise<Played> {
  return page.evaluate(() => (globalThis as unknown as { played: Played }).played);
}

/** Expects the panel beside the player to show the edge, the rendition on screen, and cache outcomes. */
async function expectTelemetry(page: Page): Promise<void> {
  const panel = page.getByRole('complementary', { name: 'Playback details' });
  const text = (await panel.textContent()) ?? '';
  expect(system.edges.some((edge) => text.includes(new URL(edge.url).host))).toBe(true);
  expect(text).toMatch(/\d+ × \d+/);
  expect(text).toMatch(/H\.264/);
  expect(text).toMatch(/Audio: .*AAC/);
  const tally = (await page.locator('.tally').textContent()) ?? '';
  const [served = 0, fetched = 0] = (tally.match(/\d+/g) ?? []).map(Number);
  expect(served + fetched, tally).toBeGreaterThanOrEqual(8);
}
