import type { Plan } from '#core/contracts/plan.js';
import { frameSeconds } from '#core/contracts/segment-grid.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths } from '#workers/ffmpeg/launcher.js';
import { runFfprobe } from '#workers/ffmpeg/run-ffprobe.js';
import { seekSeconds } from '#workers/ffmpeg/span-arguments.js';
import type { TaskContext } from '#workers/task-context.js';

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
  context: Pick<TaskContext, 'sandbox' | 'inputLimits' | 'memoryBytes'>,
  plan: Plan,
  firstFrame: number,
  inputPath: string,
): Promise<number | undefined> {
  const wanted = seekSeconds(plan, firstFrame);
  if (wanted === undefined || plan.picture.seeking === 'indexed') return wanted;
  const { picture } = plan;
  const latest = picture.originSeconds + frameSeconds(plan.grid, firstFrame) - 1;
  for (const step of steps) {
    const from = latest - step;
    if (from <= picture.containerStartSeconds) return undefined;
    const keyFrame = await lastKeyFrame(context, plan, inputPath, from, latest);
    if (keyFrame !== undefined) return Math.max(0, keyFrame - aimSeconds - picture.containerStartSeconds);
  }
  return undefined;
}

async function lastKeyFrame(
  context: Pick<TaskContext, 'sandbox' | 'inputLimits' | 'memoryBytes'>,
  { picture }: Plan,
  inputPath: string,
  from: number,
  to: number,
): Promise<number | undefined> {
  const inputName = runPaths(context.sandbox, {
    program: 'ffprobe',
    inputPath,
    outputDirectory: undefined,
    limits: { cpuSeconds: 0, addressSpaceBytes: 0, fileBytes: 0 },
  }).input;
  const text = await runFfprobe(context.sandbox, {
    inputPath,
    inputName,
    options: [
      ...['-v', 'error', ...inputArguments(picture.demuxer, context.inputLimits)],
      ...[
        '-select_streams',
        String(picture.streamIndex),
        '-read_intervals',
        `${from.toFixed(3)}%${to.toFixed(3)}`,
      ],
      ...['-show_entries', 'packet=pts_time,flags', '-of', 'csv=p=0:nk=1'],
    ],
    cpuSeconds: 30,
    addressSpaceBytes: context.memoryBytes,
  });
  const keyFrames = text
    .split('\n')
    .filter((line) => /,K/.test(line))
    .map((line) => Number(line.split(',')[0]))
    .filter((seconds) => Number.isFinite(seconds) && seconds <= to);
  return keyFrames.length === 0 ? undefined : Math.max(...keyFrames);
}
