import { open } from 'node:fs/promises';
import { SourceRefusedError } from '#core/contracts/failure.js';
import { chooseVideo } from '#planning/source/choose-streams.js';
import {
  type PacketTail,
  type ProbedStream,
  type ProbeReport,
  probeReportSchema,
} from '#planning/source/probe-report.js';
import type { Truncation } from '#planning/source/timeline.js';
import { detectDemuxer, detectionBytes } from '#workers/containers/detect-demuxer.js';
import { findEncryptedTracks } from '#workers/containers/find-encryption.js';
import { findTimestampReset } from '#workers/containers/find-timestamp-reset.js';
import { findTruncation } from '#workers/containers/find-truncation.js';
import { readAt } from '#workers/containers/read-at.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { runPaths } from '#workers/ffmpeg/launcher.js';
import { runFfprobe } from '#workers/ffmpeg/run-ffprobe.js';
import { judgeTruncation } from '#workers/source/judge-truncation.js';
import { type Probe, readDecodeTiming, readTail } from '#workers/source/read-packets.js';
import type { TaskContext } from '#workers/task-context.js';

export interface ProbedSource {
  demuxer: string;
  report: ProbeReport;
  video: ProbedStream;
  tail: PacketTail;
  /** See `SourcePicture`. */
  decodeDelaySeconds: number;
  /** What the container says is missing from the file. */
  truncation: Truncation | undefined;
}

/** A probe may use this much CPU time, and more for what has to be read whole: a recording without an index. */
const probeSecondsOf = (bytes: number): number => 30 + bytes / 100e6;
/** Containers that may tell no presentation times: Matroska does not where its track has AVI's header, and a format code. */
const isDecodeTimed = (demuxer: string, { codec_tag_string: tag }: ProbedStream): boolean =>
  demuxer === 'avi' || (demuxer === 'matroska' && tag !== '[0][0][0][0]');

/** Looks at a source: what it is, its tracks, where its picture really ends. Throws SourceRefusedError. */
export async function probeSource(
  context: Pick<TaskContext, 'sandbox' | 'inputLimits' | 'memoryBytes'>,
  path: string,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const identified = await identify(path);
  const { demuxer, truncation, timestampResetSeconds } = identified;
  const logs: string[] = [];
  const probe: Probe = (options, onText) =>
    runFfprobe(context.sandbox, {
      inputPath: path,
      inputName: runPaths(context.sandbox, {
        program: 'ffprobe',
        inputPath: path,
        outputDirectory: undefined,
        limits: { cpuSeconds: 0, addressSpaceBytes: 0, fileBytes: 0 },
      }).input,
      options: ['-v', 'error', ...inputArguments(demuxer, context.inputLimits), ...options],
      cpuSeconds: probeSecondsOf(identified.bytes),
      addressSpaceBytes: context.memoryBytes,
      signal,
      onLog: (log) => logs.push(log),
      ...(onText ? { onText } : {}),
    });
  const report = withEncryption(await readReport(probe, identified), identified);
  if (report.streams.length === 0) throw cutOr(truncation, 'corrupt', 'the container holds no tracks');
  const chosen = chooseVideoOf(report, logs.join('\n'));
  const decodeTiming = isDecodeTimed(demuxer, chosen) ? await readDecodeTiming(probe, chosen) : undefined;
  const video = decodeTiming ? { ...chosen, start_time: decodeTiming.startSeconds } : chosen;
  const tail = await readTail(probe, report, video);
  if (!tail)
    throw cutOr(truncation, 'corrupt', `track ${video.index} (${video.codec_name}) has no picture in it`);
  tail.maxStepBackSeconds = Math.max(tail.maxStepBackSeconds ?? 0, timestampResetSeconds);
  return {
    demuxer,
    report,
    video,
    tail,
    decodeDelaySeconds: decodeTiming?.delaySeconds ?? 0,
    truncation: await judgeTruncation(probe, { demuxer, report, video, tail, truncation }),
  };
}

interface Identified {
  demuxer: string;
  bytes: number;
  truncation: Truncation | undefined;
  encryptedTracks: ReadonlySet<number>;
  /** How far an MPEG stream's decodeTiming jumps back in the file. */
  timestampResetSeconds: number;
}

async function identify(path: string): Promise<Identified> {
  const file = await open(path, 'r');
  try {
    const { size } = await file.stat();
    if (size === 0) throw new SourceRefusedError('empty', 'the file has 0 bytes');
    const detected = detectDemuxer(await readAt(file, 0, detectionBytes));
    if (detected.kind === 'audio')
      throw new SourceRefusedError('no_video', `the file is ${detected.format}: sound alone`);
    if (detected.kind === 'other')
      throw new SourceRefusedError('unsupported', `the file looks like: ${detected.format}`);
    const { demuxer } = detected;
    return {
      demuxer,
      bytes: size,
      truncation: await findTruncation(file, size, demuxer),
      encryptedTracks: await findEncryptedTracks(file, size, demuxer),
      timestampResetSeconds: await findTimestampReset(file, size, demuxer),
    };
  } finally {
    await file.close();
  }
}

/** A picture over the limit of pixels has no size in ffprobe's report; what it complained of tells the size. */
function chooseVideoOf(report: ProbeReport, log: string): ProbedStream {
  try {
    return chooseVideo(report);
  } catch (error) {
    if (error instanceof SourceRefusedError && error.code === 'corrupt') refuseTooLarge(log);
    throw error;
  }
}

function refuseTooLarge(log: string): void {
  const size = /Picture size (\d+x\d+) (?:exceeds|is invalid)/.exec(log)?.[1];
  if (size !== undefined)
    throw new SourceRefusedError('dimensions', `the picture is ${size}: more pixels than are accepted`);
}

/** How ffmpeg names the (Extended) Content Encryption Object of ASF (specification 3.14, 3.15): it protects all tracks. */
const asfProtection = ['ASF_Protection_Type', 'encryption'];

/** ffmpeg shows an encrypted track as what it would be in the clear. */
function withEncryption(report: ProbeReport, { demuxer, encryptedTracks }: Identified): ProbeReport {
  const isAll = demuxer === 'asf' && asfProtection.some((tag) => tag in report.format.tags);
  const streams = report.streams.map((stream) => {
    const number = demuxer === 'matroska' ? stream.index : Number(stream.id);
    return { ...stream, isProtected: stream.isProtected || isAll || encryptedTracks.has(number) };
  });
  return { ...report, streams };
}

function cutOr(
  truncation: Truncation | undefined,
  code: 'corrupt' | 'unsupported',
  detail: string,
): SourceRefusedError {
  return truncation === undefined
    ? new SourceRefusedError(code, detail)
    : new SourceRefusedError('truncated', truncation.detail);
}

async function readReport(probe: Probe, { truncation, encryptedTracks }: Identified): Promise<ProbeReport> {
  try {
    const text = await probe([
      '-show_format',
      '-show_streams',
      '-show_programs',
      '-show_chapters',
      '-of',
      'json',
    ]);
    return probeReportSchema.parse(JSON.parse(text));
  } catch (error) {
    if (!(error instanceof FfmpegError)) throw error;
    if (error.code === 'aborted' || error.code === 'not_started' || error.code === 'stuck') throw error;
    if (/max_streams/.test(error.log))
      throw new SourceRefusedError('streams', 'more tracks than are accepted');
    if (error.code === 'deadline')
      throw new SourceRefusedError('resources', `${error.message} while reading its header`);
    if (encryptedTracks.size > 0)
      throw new SourceRefusedError('encrypted', `track ${[...encryptedTracks].join(', ')} is encrypted`);
    refuseTooLarge(error.log);
    await refuseUnopened(probe);
    throw cutOr(truncation, 'corrupt', `the container cannot be read: ${lastLine(error.log)}`);
  }
}

/** What decoders say of headers that are not whole, rather than of variants that they do not know. */
const damagedHeader = /\b(corrupt|invalid|missing|truncated)/i;

/**
 * ffprobe ends where a decoder does not know its format's variant, or finds its header damaged, and says so in warnings
 * alone. Rejects with `codec` or `corrupt` then.
 */
async function refuseUnopened(probe: Probe): Promise<void> {
  try {
    await probe(['-v', 'warning', '-show_streams']);
  } catch (error) {
    const log = error instanceof FfmpegError ? error.log : '';
    const [before, track] = log.split('Could not open codec for input stream ');
    if (before === undefined || track === undefined) return;
    const said = lastLine(before);
    const code = damagedHeader.test(said) ? 'corrupt' : 'codec';
    throw new SourceRefusedError(code, `no decoder opens track ${track.trim()}: ${said}`);
  }
}

const lastLine = (log: string): string =>
  log
    .trim()
    .split('\n')
    .at(-1)
    ?.replace(/^\[[^\]]*\] /, '') ?? '';
