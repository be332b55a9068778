import { SourceRefusedError } from '#core/contracts/failure.js';
import { type ProbedStream, type ProbeReport, probeReportSchema } from '#planning/source/probe-report.js';
import type { Truncation } from '#planning/source/timeline.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { InspectedFile } from '#workers/source/inspect-file.js';
import type { Probe } from '#workers/source/read-packets.js';

/** Reads ffprobe's report of a file, and marks its encrypted tracks. Throws SourceRefusedError. */
export async function readReport(probe: Probe, inspected: InspectedFile): Promise<ProbeReport> {
  const report = markEncrypted(await probeTracks(probe, inspected), inspected);
  if (report.streams.length === 0) throw truncatedOr(inspected.truncation, 'the container holds no tracks');
  return report;
}

async function probeTracks(
  probe: Probe,
  { truncation, encryptedTracks }: InspectedFile,
): Promise<ProbeReport> {
  const entries = ['-show_format', '-show_streams', '-show_programs', '-show_chapters'];
  try {
    return probeReportSchema.parse(JSON.parse(await probe([...entries, '-of', 'json'])));
  } catch (error) {
    if (!(error instanceof FfmpegError)) throw error;
    if (error.code === 'aborted' || error.code === 'not_started' || error.code === 'stuck') throw error;
    if (/max_streams/.test(error.log))
      throw new SourceRefusedError('streams', 'the file has more tracks than are accepted');
    if (error.code === 'deadline')
      throw new SourceRefusedError('resources', `${error.message} while reading the file's header`);
    if (encryptedTracks.size > 0)
      throw new SourceRefusedError('encrypted', `track ${[...encryptedTracks].join(', ')} is encrypted`);
    refuseTooManyPixels(error.log);
    await refuseUnopened(probe);
    throw truncatedOr(truncation, `the container cannot be read: ${lastLine(error.log)}`);
  }
}

/** ffprobe reports most encrypted tracks as if they were in the clear. */
function markEncrypted(report: ProbeReport, { container, encryptedTracks }: InspectedFile): ProbeReport {
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

/** Throws SourceRefusedError (`dimensions`) if ffprobe's log says that a frame exceeds `-max_pixels`. */
export function refuseTooManyPixels(log: string): void {
  const size = /Picture size (\d+x\d+) (?:exceeds|is invalid)/.exec(log)?.[1];
  if (size !== undefined)
    throw new SourceRefusedError('dimensions', `the video is ${size}: more pixels than are accepted`);
}

/** Refuses a file that cannot be read: as `truncated` if that explains it, else as `corrupt`. */
export function truncatedOr(truncation: Truncation | undefined, detail: string): SourceRefusedError {
  return truncation === undefined
    ? new SourceRefusedError('corrupt', detail)
    : new SourceRefusedError('truncated', truncation.detail);
}

/** How decoders report a damaged header; other messages mean an unsupported variant of the format. */
const damagedHeader = /\b(corrupt|invalid|missing|truncated)/i;

/**
 * Throws SourceRefusedError if no decoder opens a track: `corrupt` if its header is damaged, else `codec`.
 * ffprobe then exits without a report, and gives the reason in its warnings only.
 */
async function refuseUnopened(probe: Probe): Promise<void> {
  try {
    await probe(['-v', 'warning', '-show_streams']);
  } catch (error) {
    const log = error instanceof FfmpegError ? error.log : '';
    const [before, track] = log.split('Could not open codec for input stream ');
    if (before === undefined || track === undefined) return;
    const reason = lastLine(before);
    const code = damagedHeader.test(reason) ? 'corrupt' : 'codec';
    throw new SourceRefusedError(code, `no decoder opens track ${track.trim()}: ${reason}`);
  }
}

/** Without the name of the ffmpeg component that wrote it. */
function lastLine(log: string): string {
  const line = log.trim().split('\n').at(-1) ?? '';
  return line.replace(/^\[[^\]]*\] /, '');
}
