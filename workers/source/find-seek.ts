import type { Plan, SourceVideo } from '#core/contracts/plan.js';
import { toNumber } from '#core/contracts/rational.js';
import { frameSeconds } from '#core/contracts/segment-grid.js';
import { containerOf } from '#workers/containers/containers.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { seekSeconds } from '#workers/ffmpeg/span-arguments.js';

/** How far before the span a key frame is looked for, seconds, nearest first. GOPs longer than the last are read whole. */
const steps = [2, 6, 15, 40, 120] as const;
/** A key frame found is aimed at from this little before it, so that rounding never lands behind it. */
const aimSeconds = 0.2;

/**
 * Where reading must begin for a span from `firstFrame`, as `-ss`; undefined to begin at the beginning. Files with an
 * index land on a key frame by themselves. Transport and program streams land anywhere, and decoding would begin at the
 * next key frame, perhaps behind the span's start: so the key frame before it is looked up first.
 */
export async function findSeek(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  plan: Plan,
  firstFrame: number,
  inputPath: string,
): Promise<number | undefined> {
  const wanted = seekSeconds(plan, firstFrame);
  if (wanted === undefined) return undefined;
  const { video } = plan;
  const latest = video.originSeconds + frameSeconds(plan.grid, firstFrame) - 1;
  const read: ReadPackets = (interval) => readPackets(ffmpeg, plan, inputPath, interval);
  if (video.seeking === 'scanned') return seekScanned(video, latest, read);
  const { seeksByDecodeTime } = containerOf(video.demuxer);
  return seeksByDecodeTime && !keepsPace(plan) ? seekBeforePause(video, latest, read) : wanted;
}

const keepsPace = ({ video, grid }: Plan): boolean =>
  Math.abs(video.averageFramesPerSecond - toNumber(grid.frameRate)) < 0.005;

async function seekScanned(
  video: SourceVideo,
  latest: number,
  read: ReadPackets,
): Promise<number | undefined> {
  for (const step of steps) {
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
 * MP4's index tells when key frames are decoded. Behind a pause, with frames that are reordered, that is as early as the
 * pause is long: a seek into it lands on a frame that is not shown yet, and the one on screen would be missing.
 */
async function seekBeforePause(
  video: SourceVideo,
  latest: number,
  read: ReadPackets,
): Promise<number | undefined> {
  for (const step of [0, ...steps]) {
    const from = latest - step;
    if (from <= video.containerStartSeconds) return undefined;
    const [landed] = await read(`${from.toFixed(3)}%+#1`);
    if (landed && landed.seconds <= latest) return from - video.containerStartSeconds;
  }
  return undefined;
}

/** The picture's packets in one of ffprobe's intervals. */
type ReadPackets = (interval: string) => Promise<{ seconds: number; isKey: boolean }[]>;

async function readPackets(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  { video }: Plan,
  inputPath: string,
  interval: string,
): ReturnType<ReadPackets> {
  const text = await ffmpeg.probe({
    path: inputPath,
    demuxer: video.demuxer,
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
