import type { Browser, Page } from 'playwright-core';

export interface Seek {
  /** Share of the title's duration. */
  to: number;
  /** From the seek to the first frame at the new position; undefined if there was none in time. */
  ms: number | undefined;
}

export interface PlaybackResult {
  /** From the opening of the page to the first frame; undefined if there was none in time. */
  firstFrameMs: number | undefined;
  /** Duration of each stall after the first frame, milliseconds. */
  stallsMs: number[];
  /** Seconds that were played before the seeks. */
  playedSeconds: number;
  seeks: Seek[];
  /** Errors that the player reported, fatal ones marked. */
  errors: string[];
  /** Responses of 500 and above, by address. */
  failedResponses: string[];
  /** Requests that the player aborted, timeouts among them. */
  abortedRequests: number;
  /** Every answered request, in the order of the answers. */
  requests: PlayerRequest[];
}

export interface PlayerRequest {
  /** Time of the request after the opening of the page. */
  atMs: number;
  /** Until the last byte. */
  tookMs: number;
  status: number;
  path: string;
}

export interface PlaybackPlan {
  address: string;
  /** Seconds to play before the seeks, unless the title ends first. */
  playSeconds: number;
  /** Shares of the duration to seek to before the measured seeks, one a second. */
  restlessSeeks?: readonly number[];
  /** Shares of the duration to seek to, one after the other. */
  seekTo: readonly number[];
}

interface Report {
  firstFrameMs: number | null;
  stalls: number[];
  errors: { what: string; fatal: boolean }[];
}

/** Runs in every page before its scripts and records what the viewer sees as `window.report`. */
const recorder = `
  window.report = { firstFrameMs: null, stalls: [], errors: [] };
  const startedAt = performance.now();
  const record = (video) => {
    let waitingSince = null;
    video.requestVideoFrameCallback(() => { report.firstFrameMs = performance.now() - startedAt; });
    video.addEventListener('waiting', () => {
      if (report.firstFrameMs !== null && !video.seeking) waitingSince ??= performance.now();
    });
    video.addEventListener('playing', () => {
      if (waitingSince !== null) report.stalls.push(performance.now() - waitingSince);
      waitingSince = null;
    });
  };
  const find = () => {
    const video = document.querySelector('video');
    if (video) record(video);
    else requestAnimationFrame(find);
  };
  find();`;

/** A first frame or a seek that takes longer counts as never. */
const patienceMs = 40_000;

/** Opens a page of `player-pages.ts` or a watch page and measures what its viewer sees. */
export async function measurePlayback(browser: Browser, plan: PlaybackPlan): Promise<PlaybackResult> {
  const page = await browser.newPage();
  const failedResponses: string[] = [];
  let abortedRequests = 0;
  page.on('response', (response) => {
    if (response.status() >= 500) failedResponses.push(`${response.status()} ${response.url()}`);
  });
  const openedAt = Date.now();
  const requests: PlayerRequest[] = [];
  page.on('requestfinished', async (request) => {
    const status = (await request.response().catch(() => null))?.status() ?? 0;
    const { startTime, responseEnd } = request.timing();
    const { pathname: path } = new URL(request.url());
    requests.push({ atMs: Math.round(startTime - openedAt), tookMs: Math.round(responseEnd), status, path });
  });
  page.on('requestfailed', () => {
    abortedRequests += 1;
  });
  try {
    await page.addInitScript(recorder);
    await page.goto(plan.address);
    const firstFrameMs = await readFirstFrame(page);
    const playedSeconds = firstFrameMs === undefined ? 0 : await play(page, plan.playSeconds);
    const seeks: Seek[] = [];
    if (firstFrameMs !== undefined) await seekRestlessly(page, plan.restlessSeeks ?? []);
    if (firstFrameMs !== undefined)
      for (const to of plan.seekTo) seeks.push({ to, ms: await seek(page, to) });
    const { stalls, errors } = await page.evaluate<Report>('window.report');
    return {
      firstFrameMs,
      stallsMs: stalls,
      playedSeconds,
      seeks,
      errors: errors.map(({ what, fatal }) => (fatal ? `FATAL ${what}` : what)),
      failedResponses,
      abortedRequests,
      requests,
    };
  } finally {
    await page.close();
  }
}

async function readFirstFrame(page: Page): Promise<number | undefined> {
  const found = await page
    .waitForFunction('window.report.firstFrameMs', undefined, { timeout: patienceMs, polling: 50 })
    .catch(() => undefined);
  return found === undefined ? undefined : ((await found.jsonValue()) as number);
}

/** Waits until `seconds` have been played or the title has ended; gives up after four times as long. */
async function play(page: Page, seconds: number): Promise<number> {
  await page
    .waitForFunction(
      (wanted) => {
        const video = document.querySelector('video');
        return video !== null && (video.ended || video.currentTime >= wanted);
      },
      seconds,
      { timeout: seconds * 4_000 + patienceMs },
    )
    .catch(() => undefined);
  return page.evaluate(() => document.querySelector('video')?.currentTime ?? 0);
}

async function seekRestlessly(page: Page, shares: readonly number[]): Promise<void> {
  for (const share of shares) {
    await page.evaluate((to) => {
      const video = document.querySelector('video');
      if (video) video.currentTime = video.duration * to;
    }, share);
    await page.waitForTimeout(1_000);
  }
}

async function seek(page: Page, share: number): Promise<number | undefined> {
  return page.evaluate(
    ({ share: to, timeoutMs }) =>
      new Promise<number | undefined>((resolve) => {
        const video = document.querySelector('video');
        if (!video) return resolve(undefined);
        const target = video.duration * to;
        const startedAt = performance.now();
        const onFrame: VideoFrameRequestCallback = (_now, { mediaTime }) => {
          if (Math.abs(mediaTime - target) < 3) resolve(performance.now() - startedAt);
          else video.requestVideoFrameCallback(onFrame);
        };
        video.requestVideoFrameCallback(onFrame);
        video.currentTime = target;
        void video.play();
        setTimeout(() => resolve(undefined), timeoutMs);
      }),
    { share, timeoutMs: patienceMs },
  );
}
