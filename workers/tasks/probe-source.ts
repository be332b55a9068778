import { open } from 'node:fs/promises';
import { SourceRefusedError } from '#core/contracts/failure.js';
import { choosePicture } from '#encoder/planning/choose-streams.js';
import { longestStepBack, packetTailOf, readPacketRows } from '#encoder/planning/packet-tail.js';
import {
  type PacketTail,
  type ProbedStream,
  type ProbeReport,
  probeReportSchema,
} from '#encoder/planning/probe-report.js';
import { type FileCut, longestPauseSeconds } from '#encoder/planning/time-line.js';
import { detectDemuxer, detectionBytes } from '#workers/ffmpeg/detect-demuxer.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { findClockReset } from '#workers/ffmpeg/find-clock-reset.js';
import { findCut } from '#workers/ffmpeg/find-cut.js';
import { findEncryptedTracks } from '#workers/ffmpeg/find-encryption.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths } from '#workers/ffmpeg/launcher.js';
import { runFfprobe } from '#workers/ffmpeg/run-ffprobe.js';
import type { TaskContext } from '#workers/task-context.js';

export interface ProbedSource {
  demuxer: string;
  report: ProbeReport;
  picture: ProbedStream;
  tail: PacketTail;
  /** What the container says is missing from the file. */
  cut: FileCut | undefined;
}

const probeSeconds = 30;
/** The tail that is read for the last packets, seconds of the container's time line. */
const tailSeconds = 10;
/** Moments looked at in search of a hole: enough for the longest title that is accepted by default. */
const mostLooks = 150;

/** Looks at a source: what it is, its tracks, where its picture really ends. Throws SourceRefusedError. */
export async function probeSource(
  context: Pick<TaskContext, 'sandbox' | 'inputLimits' | 'memoryBytes'>,
  path: string,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const { demuxer, cut, encryptedTracks, clockResetSeconds } = await identify(path);
  const logs: string[] = [];
  const probe = (options: readonly string[]): Promise<string> =>
    runFfprobe(context.sandbox, {
      inputPath: path,
      inputName: runPaths(context.sandbox, {
        program: 'ffprobe',
        inputPath: path,
        outputDirectory: undefined,
        limits: { cpuSeconds: 0, addressSpaceBytes: 0, fileBytes: 0 },
      }).input,
      options: ['-v', 'error', ...inputArguments(demuxer, context.inputLimits), ...options],
      deadlineSeconds: probeSeconds,
      addressSpaceBytes: context.memoryBytes,
      signal,
      onLog: (log) => logs.push(log),
    });
  const report = withEncryption(await readReport(probe, cut), encryptedTracks);
  if (report.streams.length === 0) throw cutOr(cut, 'corrupt', 'the container holds no tracks');
  const picture = choosePictureOf(report, logs.join('\n'));
  const tail = await readTail(probe, report, picture, cut);
  tail.longestStepBackSeconds = Math.max(tail.longestStepBackSeconds ?? 0, clockResetSeconds);
  return { demuxer, report, picture, tail, cut: cut ?? (await findShortfall(probe, report, tail)) };
}

interface Identified {
  demuxer: string;
  cut: FileCut | undefined;
  encryptedTracks: ReadonlySet<number>;
  /** How far an MPEG stream's clock jumps back in the file. */
  clockResetSeconds: number;
}

async function identify(path: string): Promise<Identified> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size === 0) throw new SourceRefusedError('empty', 'the file has 0 bytes');
    const head = Buffer.alloc(Math.min(size, detectionBytes));
    await file.read(head, 0, head.length, 0);
    const detected = detectDemuxer(head);
    if (detected.kind === 'audio')
      throw new SourceRefusedError('no_video', `the file is ${detected.format}: sound alone`);
    if (detected.kind === 'other')
      throw new SourceRefusedError('unsupported', `the file looks like: ${detected.format}`);
    const { demuxer } = detected;
    return {
      demuxer,
      cut: await findCut(file, size, demuxer),
      encryptedTracks: await findEncryptedTracks(file, size, demuxer),
      clockResetSeconds: await findClockReset(file, size, demuxer),
    };
  } finally {
    await file.close();
  }
}

/** A picture over the limit of pixels has no size in ffprobe's report; what it complained of tells the size. */
function choosePictureOf(report: ProbeReport, log: string): ProbedStream {
  try {
    return choosePicture(report);
  } catch (error) {
    const size = /Picture size (\d+x\d+) exceeds/.exec(log)?.[1];
    if (size === undefined || !(error instanceof SourceRefusedError) || error.code !== 'corrupt') throw error;
    throw new SourceRefusedError('dimensions', `the picture is ${size}: more pixels than are accepted`);
  }
}

/** ffmpeg shows an encrypted track as what it would be in the clear. */
function withEncryption(report: ProbeReport, tracks: ReadonlySet<number>): ProbeReport {
  const streams = report.streams.map((stream) => ({
    ...stream,
    isProtected: stream.isProtected || tracks.has(Number(stream.id)),
  }));
  return { ...report, streams };
}

function cutOr(
  cut: FileCut | undefined,
  code: 'corrupt' | 'unsupported',
  detail: string,
): SourceRefusedError {
  return cut === undefined
    ? new SourceRefusedError(code, detail)
    : new SourceRefusedError('truncated', cut.detail);
}

type Probe = (options: readonly string[]) => Promise<string>;

async function readReport(probe: Probe, cut: FileCut | undefined): Promise<ProbeReport> {
  try {
    const text = await probe(['-show_format', '-show_streams', '-show_chapters', '-of', 'json']);
    return probeReportSchema.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof FfmpegError)) throw error;
    if (error.code === 'aborted' || error.code === 'not_started') throw error;
    if (/max_streams/.test(error.log))
      throw new SourceRefusedError('streams', 'more tracks than are accepted');
    if (error.code === 'deadline')
      throw new SourceRefusedError('resources', `${error.message} while reading its header`);
    throw cutOr(cut, 'corrupt', `the container cannot be read: ${lastLine(error.log)}`);
  }
}

const lastLine = (log: string): string =>
  log
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^\[[^\]]*\] /, '') ?? '';

/**
 * Reads the last packets; where the container's duration leads nowhere (recordings, fragments), or its time line seems to
 * have a hole, all of them.
 */
async function readTail(
  probe: Probe,
  report: ProbeReport,
  picture: ProbedStream,
  cut: FileCut | undefined,
): Promise<PacketTail> {
  const start = report.format.start_time ?? 0;
  const seconds = report.format.duration ?? 0;
  if (seconds > 3 * tailSeconds && !(await seemsToPause(probe, picture, start, seconds))) {
    const from = start + seconds - tailSeconds;
    const tail = await readPackets(probe, picture, ['-read_intervals', `${from.toFixed(3)}%`]);
    // The pace and the longest pause of the tail say nothing about the rest.
    if (tail) {
      const { endSeconds, longestStepBackSeconds = 0 } = tail;
      return { endSeconds, framesPerSecond: undefined, longestStepBackSeconds };
    }
  }
  const all = await readPackets(probe, picture, []);
  if (!all)
    throw cutOr(cut, 'corrupt', `track ${picture.index} (${picture.codec_name}) has no picture in it`);
  return all;
}

/** Of what the header tells; headers are not exact, and last frames may stand long. */
const leastShareOfHeader = 0.9;

/**
 * Whether every track ends long before the header says: the sign of a file that was cut off between two of its parts. A
 * picture alone may end early; then another track goes on.
 */
async function findShortfall(
  probe: Probe,
  report: ProbeReport,
  tail: PacketTail,
): Promise<FileCut | undefined> {
  const start = report.format.start_time ?? 0;
  const claimed = report.format.duration ?? 0;
  // Some containers count from their first frame, others from the clock's zero.
  const least = Math.min(start, 0) + claimed * leastShareOfHeader;
  if (tail.endSeconds >= least) return undefined;
  const endOf = async (interval: readonly string[]): Promise<number> => {
    const packets = readPacketRows((await readRows(probe, undefined, interval)) ?? '');
    return packets.reduce((end, { at, durationSeconds = 0 }) => Math.max(end, at + durationSeconds), start);
  };
  const sought = await endOf(['-read_intervals', `${least.toFixed(3)}%+#100`]);
  const end = sought >= least ? sought : Math.max(sought, await endOf([]));
  if (end >= least || end <= start) return undefined;
  const [present, whole] = [(end - start).toFixed(1), claimed.toFixed(1)];
  return {
    detail: `the header tells ${whole} s, the last track ends after ${present} s`,
    presentShare: (end - start) / claimed,
  };
}

/** Half of the longest pause that is accepted, so that one of these moments falls well within any longer one. */
const lookSeconds = longestPauseSeconds / 2;
/** Key frames are never this far apart but in pauses, and in files that are worth a whole look. */
const rareKeyFrameSeconds = lookSeconds * 0.9;

/** Whether a seek to some moment lands long before it: there may be nothing in between. */
async function seemsToPause(
  probe: Probe,
  picture: ProbedStream,
  start: number,
  seconds: number,
): Promise<boolean> {
  const count = Math.min(mostLooks, Math.floor(seconds / lookSeconds));
  if (count === 0) return false;
  const moments = Array.from({ length: count }, (_, index) => start + (index + 1) * lookSeconds);
  const interval = moments.map((moment) => `${moment.toFixed(3)}%+#1`).join(',');
  const rows = await readRows(probe, picture, ['-read_intervals', interval]);
  const found = readPacketRows(rows ?? '').map(({ at }) => at);
  return moments.some((moment) => !found.some((at) => Math.abs(moment - at) < rareKeyFrameSeconds));
}

async function readPackets(
  probe: Probe,
  picture: ProbedStream,
  interval: readonly string[],
): Promise<PacketTail | undefined> {
  const text = await readRows(probe, picture, interval);
  const tail = text === undefined ? undefined : packetTailOf(readPacketRows(text), picture);
  return tail && { ...tail, longestStepBackSeconds: longestStepBack(text ?? '') };
}

/** Of all tracks where no picture is named. Undefined where ffprobe fails or takes too long: the file is looked at in another way, or refused. */
async function readRows(
  probe: Probe,
  picture: ProbedStream | undefined,
  interval: readonly string[],
): Promise<string | undefined> {
  try {
    return await probe([
      ...(picture === undefined ? [] : ['-select_streams', String(picture.index)]),
      ...interval,
      ...['-show_entries', 'packet=pts_time,dts_time,duration_time,flags', '-of', 'compact=p=0:nk=1:s=,'],
    ]);
  } catch (error) {
    if (error instanceof FfmpegError && (error.code === 'exited' || error.code === 'deadline'))
      return undefined;
    throw error;
  }
}
