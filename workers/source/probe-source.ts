import { SourceRefusedError } from '#core/contracts/failure.js';
import { chooseVideo } from '#planning/source/choose-video.js';
import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import { type ProbedStream, type ProbeReport, probeReportSchema } from '#planning/source/probe-report.js';
import type { Truncation } from '#planning/source/timeline.js';
import type { Container } from '#workers/containers/container.js';
import { detectContainer, detectionBytes } from '#workers/containers/detect-container.js';
import { SourceFile } from '#workers/containers/source-file.js';
import type { UnsupportedFormat } from '#workers/containers/unsupported-formats.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import { judgeTruncation } from '#workers/source/judge-truncation.js';
import { type Probe, readDecodeTiming, readTail } from '#workers/source/read-packets.js';

export interface ProbedSource {
  container: Container;
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

/** Looks at a source: what it is, its tracks, where its picture really ends. Throws SourceRefusedError. */
export async function probeSource(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  path: string,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const identified = await identify(path);
  const { container, truncation, timestampResetSeconds } = identified;
  const logs: string[] = [];
  const probe: Probe = (options, onText) =>
    ffmpeg.probe({
      path,
      demuxer: container.demuxer,
      options,
      cpuSeconds: probeSecondsOf(identified.bytes),
      signal,
      onLog: (log) => logs.push(log),
      ...(onText ? { onText } : {}),
    });
  const report = withEncryption(await readReport(probe, identified), identified);
  if (report.streams.length === 0) throw cutOr(truncation, 'corrupt', 'the container holds no tracks');
  const chosen = chooseVideoOf(report, logs.join('\n'));
  const decodeTiming = container.mayLackPresentationTimes?.(chosen)
    ? await readDecodeTiming(probe, chosen)
    : undefined;
  const video = decodeTiming ? { ...chosen, start_time: decodeTiming.startSeconds } : chosen;
  const tail = await readTail(probe, report, video);
  if (!tail)
    throw cutOr(truncation, 'corrupt', `track ${video.index} (${video.codec_name}) has no picture in it`);
  tail.maxStepBackSeconds = Math.max(tail.maxStepBackSeconds ?? 0, timestampResetSeconds);
  return {
    container,
    report,
    video,
    tail,
    decodeDelaySeconds: decodeTiming?.delaySeconds ?? 0,
    truncation: await judgeTruncation(probe, { container, report, video, tail, truncation }),
  };
}

interface Identified {
  container: Container;
  bytes: number;
  truncation: Truncation | undefined;
  encryptedTracks: ReadonlySet<number>;
  /** How far an MPEG stream's decodeTiming jumps back in the file. */
  timestampResetSeconds: number;
}

async function identify(path: string): Promise<Identified> {
  await using file = await SourceFile.open(path);
  if (file.bytes === 0) throw new SourceRefusedError('empty', 'the file has 0 bytes');
  const detected = detectContainer(await file.readAt(0, detectionBytes));
  if (detected.kind !== 'media') refuseFormat(detected);
  const { container } = detected;
  return {
    container,
    bytes: file.bytes,
    truncation: await container.findTruncation?.(file),
    encryptedTracks: (await container.encryption?.findTracks(file)) ?? new Set(),
    timestampResetSeconds: (await container.findTimestampReset?.(file)) ?? 0,
  };
}

function refuseFormat({ kind, format }: UnsupportedFormat): never {
  if (kind === 'audio')
    throw new SourceRefusedError('no_video', `the file is ${format}: audio without video`);
  throw new SourceRefusedError('unsupported', `the file is not a video: ${format}`);
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

/** Marks encrypted tracks: ffprobe reports most of them as if they were in the clear. */
function withEncryption(report: ProbeReport, { container, encryptedTracks }: Identified): ProbeReport {
  const { encryption, encryptionTags = [] } = container;
  const isAll = encryptionTags.some((tag) => tag in report.format.tags);
  const isEncrypted = (stream: ProbedStream): boolean =>
    encryption !== undefined && encryptedTracks.has(encryption.trackNumberOf(stream));
  const streams = report.streams.map((stream) => ({
    ...stream,
    isProtected: stream.isProtected || isAll || isEncrypted(stream),
  }));
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
