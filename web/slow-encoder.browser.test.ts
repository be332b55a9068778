import { execFile } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium } from '#fixtures/browser.js';
import { measurePlayback, type PlaybackResult } from '#fixtures/players/measure-playback.js';
import { type PlayerName, type PlayerPages, servePlayerPages } from '#fixtures/players/player-pages.js';
import { type System, startSystem } from '#fixtures/system.js';

const clipSeconds = 96;
const ladder = [{ height: 180, maxBitsPerSecond: 200_000 }];
/** The origin then answers 503, before players give up. */
const maxWaitSeconds = 6.5;
const players: readonly PlayerName[] = ['hls.js', 'shaka-player'];

let folder: string;
let clip: string;
let browser: Browser;
let pages: PlayerPages;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-slow-encoder-'));
  clip = join(folder, 'clip.mp4');
  const inputs = [`testsrc2=s=320x180:r=12:d=${clipSeconds}`, `sine=f=440:d=${clipSeconds}`];
  await promisify(execFile)('ffmpeg', [
    ...['-v', 'error', ...inputs.flatMap((input) => ['-f', 'lavfi', '-i', input])],
    ...['-c:v', 'libx264', '-preset', 'ultrafast', '-g', '24', '-pix_fmt', 'yuv420p', '-c:a', 'aac', clip],
  ]);
  [browser, pages] = await Promise.all([launchChromium(), servePlayerPages()]);
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await pages?.stop();
  await rm(folder, { recursive: true, force: true });
});

/**
 * Writes a program in place of ffmpeg whose video encodes read their source at `readRate` times real time: a
 * segment of 6 s takes at least 6 / `readRate` seconds, at the same pace on any machine.
 */
async function writeSlowEncoder(readRate: number): Promise<string> {
  const bin = join(folder, `bin-${readRate}`);
  const path = join(bin, 'ffmpeg');
  await mkdir(bin);
  const script = [
    '#!/bin/sh',
    'case "$*" in *libx264*) ;; *) exec ffmpeg "$@" ;; esac',
    'for argument; do',
    '  shift',
    `  if [ "$argument" = -i ]; then set -- "$@" -readrate ${readRate}; fi`,
    '  set -- "$@" "$argument"',
    'done',
    'exec ffmpeg "$@"',
  ];
  await writeFile(path, `${script.join('\n')}\n`);
  await chmod(path, 0o755);
  return path;
}

describe.each([
  { secondsPerSegment: 3, plan: { playSeconds: 8, seekTo: [0.5, 0.9] } },
  { secondsPerSegment: 9, plan: { playSeconds: 4, seekTo: [] } },
])('while a segment takes $secondsPerSegment s to encode', ({ secondsPerSegment, plan }) => {
  let system: System;

  beforeAll(async () => {
    const encoder = await writeSlowEncoder(6 / secondsPerSegment);
    system = await startSystem({ slots: 1, environment: { MILLRACE_FFMPEG: encoder } });
  }, 60_000);

  afterAll(async () => {
    await system?.stop();
  });

  it('plays in both players', async () => {
    const titleId = await system.upload(clip, { settings: { ladder } });
    await system.waitFor(titleId, ['playable'], 90_000);
    const playlist = `${system.deliveryUrl}/play/${titleId}.m3u8`;
    await Promise.all(
      players.map(async (player) => {
        const played = await measurePlayback(browser, {
          address: pages.addressOf(player, playlist),
          ...plan,
        });
        expectPlayed(played, `${player}: ${JSON.stringify(played, undefined, 1)}`);
      }),
    );
  }, 240_000);

  function expectPlayed(played: PlaybackResult, seen: string): void {
    const { firstFrameMs, playedSeconds, seeks, errors, failedResponses } = played;
    expect(firstFrameMs, seen).toBeDefined();
    expect(playedSeconds, seen).toBeGreaterThanOrEqual(plan.playSeconds);
    expect(
      seeks.map(({ to, ms }) => (ms === undefined ? undefined : to)),
      seen,
    ).toEqual(plan.seekTo);
    expect(
      errors.filter((error) => error.startsWith('FATAL')),
      seen,
    ).toEqual([]);
    if (secondsPerSegment > maxWaitSeconds) {
      expect(failedResponses.length, seen).toBeGreaterThan(0);
      for (const response of failedResponses) expect(response, seen).toMatch(/^503 /);
      return;
    }
    expect(failedResponses, seen).toEqual([]);
    expect(
      errors.filter((error) => /timeout/i.test(error)),
      seen,
    ).toEqual([]);
  }
});
