import type { PlayableClip } from '#bench/playable/make-playable-clips.js';
import type { TitleId } from '#core/contracts/ids.js';
import { launchChromium } from '#fixtures/browser.js';
import {
  measurePlayback,
  type PlaybackPlan,
  type PlaybackResult,
} from '#fixtures/players/measure-playback.js';
import { type PlayerName, servePlayerPages } from '#fixtures/players/player-pages.js';
import { type System, startSystem } from '#fixtures/system.js';

/**
 * Who plays the title: a page with a player's default settings, Millrace's own watch page, three hls.js
 * players at three positions, one that seeks ten times in ten seconds, or nobody until the title is `ready`.
 */
export const viewers = ['hls.js', 'shaka-player', 'page', 'three', 'restless', 'nobody'] as const;
export type Viewer = (typeof viewers)[number];

export interface TitleRun {
  clip: PlayableClip;
  viewer: Viewer;
  /** Titles that are encoded at the same time. */
  busyTitles: number;
}

export interface TitleResult {
  clip: string;
  viewer: Viewer;
  /** From the last byte of the upload to `playable`. */
  playableMs: number;
  /** From the last byte of the upload to `ready`; only without viewers. */
  readyMs?: number;
  playbacks: PlaybackResult[];
}

const playSeconds = 30;
/** Not at the start of a segment: there hls.js loads the one before, too. */
const seekTo = [0.251, 0.502, 0.903];
/** A seek a second, whether or not the last one has ended. */
const restlessSeeks = Array.from({ length: 10 }, (_, index) => (index * 0.37 + 0.1) % 0.95);
/** A title of two hours takes about an hour on two cores. */
const readyTimeoutMs = 3 * 3_600_000;

/** Uploads the clip to a system of its own and plays it as soon as it is playable. */
export async function measureTitle({ clip, viewer, busyTitles }: TitleRun): Promise<TitleResult> {
  const system = await startSystem({ edges: 1, slots: 2 });
  const browser = await launchChromium();
  const pages = await servePlayerPages();
  try {
    for (let index = 0; index < busyTitles; index += 1) await system.upload(clip.path);
    const titleId = await system.upload(clip.path);
    const uploadedAt = performance.now();
    await system.waitFor(titleId, ['playable', 'ready'], 120_000, 50);
    const playableMs = performance.now() - uploadedAt;
    if (viewer === 'nobody') {
      await system.waitFor(titleId, ['ready'], readyTimeoutMs, 200);
      return { clip: clip.name, viewer, playableMs, readyMs: performance.now() - uploadedAt, playbacks: [] };
    }
    const addressOf = (player: PlayerName): string =>
      pages.addressOf(player, `${system.deliveryUrl}/play/${titleId}.m3u8`);
    const play: Play = (address, plan) => measurePlayback(browser, { address, playSeconds, seekTo, ...plan });
    return {
      clip: clip.name,
      viewer,
      playableMs,
      playbacks: await playAs(viewer, system, titleId, addressOf, play),
    };
  } finally {
    await browser.close();
    await pages.stop();
    await system.stop();
  }
}

type Play = (address: string, plan?: Partial<PlaybackPlan>) => Promise<PlaybackResult>;

async function playAs(
  viewer: Exclude<Viewer, 'nobody'>,
  system: System,
  titleId: TitleId,
  addressOf: (player: PlayerName) => string,
  play: Play,
): Promise<PlaybackResult[]> {
  switch (viewer) {
    case 'page':
      return [await play(`${system.deliveryUrl}/watch/${titleId}`, { playButton: 'media-play-button' })];
    case 'three':
      return Promise.all(
        [0.101, 0.502, 0.803].map((share) => play(addressOf('hls.js'), { seekTo: [share] })),
      );
    case 'restless':
      return [await play(addressOf('hls.js'), { restlessSeeks, seekTo: [0.661] })];
    default:
      return [await play(addressOf(viewer))];
  }
}
