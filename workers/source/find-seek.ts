import type { Plan, SourceVideo } from '#core/contracts/plan.js';
import { toNumber } from '#core/contracts/rational.js';
import { frameSeconds } from '#core/contracts/segment-grid.js';
import { containerOf } from '#workers/containers/containers.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import type { PriorityOf } from '#workers/ffmpeg/run-priority.js';
import { seekSeconds } from '#workers/ffmpeg/span-arguments.js';

/** Seconds before a span to search for a key frame, in order. Without one, reading begins at the start. */
const searchSteps = [2, 6, 15, 40, 120] as const;
/** Seeks to this much before a key frame, so that rounding never lands after it. */
const aimSeconds = 0.2;

export interface SeekRequest {
  /** First frame of the span, on the grid. */
  firstFrame: number;
  inputPath: string;
  priority: PriorityOf;
}

/**
 * Finds where to start reading for a span that begins at `firstFrame`: the value of `-ss`, or undefined to
 * read from the start. In an indexed container, a seek lands on a key frame. In a scanned one it lands
 * anywhere, and decoding starts at the next key frame, perhaps after the span's start; there the key frame
 * before the span is searched for first.
 */
export async function findSeek(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  plan: Plan,
  { firstFrame, inputPath, priority }: SeekRequest,
): Promise<number | undefined> {
  const wanted = seekSeconds(plan, firstFrame);
  if (wanted === undefined) return undefined;
  const { video } = plan;
  // The margin of `seekSeconds`: the frame shown at the span's start may begin earlier.
  const latest = video.originSeconds + frameSeconds(plan.grid, firstFrame) - 1;
  const read: ReadPackets = (interval) => readPackets(ffmpeg, { plan, inputPath, priority }, interval);
  if (video.seeking === 'scanned') return seekScanned(video, latest, read);
  const { seeksByDecodeTime } = containerOf(video.demuxer);
  return seeksByDecodeTime && !keepsPace(plan) ? seekBeforePause(video, latest, read) : wanted;
}

/** Whether the source has the output's constant frame rate, so that no frame is held for long. */
const keepsPace = ({ video, grid }: Plan): boolean =>
  Math.abs(video.averageFramesPerSecond - toNumber(grid.frameRate)) < 0.005;

async function seekScanned(
  video: SourceVideo,
  latest: number,
  read: ReadPackets,
): Promise<number | undefined> {
  for (const step of searchSteps) {
    const from = latest - step;
    if (from <= video.containerStartSeconds) return undefined;
    const keyFrames = (await read(`${from.toFixed(3)}%${latest.toFixed(3)}`))
      .filter(({ isKey, seconds }) => isKey && seconds <= latest)
      .map(({ seconds }) => seconds);
    if (keyFrames.length === 0) continue;
    const aim = Math.max(...keyFrames) - aimSeconds - video.containerStartSeconds;
    return aim > 0 ? aim : undefined;
  }
  return undefined;
}

/**
 * Steps back until a seek lands on a frame that is shown in time. If frames are reordered, the one after a
 * pause is decoded as early as the pause is long; a seek by decode time into the pause lands on it, and the
 * held frame would be missing.
 */
async function seekBeforePause(
  video: SourceVideo,
  latest: number,
  read: ReadPackets,
): Promise<number | undefined> {
  for (const step of [0, ...searchSteps]) {
    const from = latest - step;
    if (from <= video.containerStartSeconds) return undefined;
    const [landed] = await read(`${from.toFixed(3)}%+#1`);
    if (landed && landed.seconds <= latest) return from - video.containerStartSeconds;
  }
  return undefined;
}

/** Reads the video's packets in one of ffprobe's `-read_intervals`. */
type ReadPackets = (interval: string) => Promise<{ seconds: number; isKey: boolean }[]>;

async function readPackets(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  { plan: { video }, inputPath, priority }: Omit<SeekRequest, 'firstFrame'> & { plan: Plan },
  interval: string,
): ReturnType<ReadPackets> {
  const text = await ffmpeg.probe({
    path: inputPath,
    demuxer: video.demuxer,
    priority,
    options: [
      ...['-select_streams', String(video.streamIndex), '-read_intervals', interval],
      ...['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0:nk=1'],
    ],
    cpuSeconds: 30,
  });
  return text
    .split('\n')
    .map((line) => ({ seconds: Number.parseFloat(line), isKey: line.includes(',K') }))
    .filter(({ seconds }) => Number.isFinite(seconds));
}
