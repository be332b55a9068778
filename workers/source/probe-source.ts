import { SourceRefusedError } from '#core/contracts/failure.js';
import { chooseVideo } from '#planning/source/choose-video.js';
import type { PacketTail } from '#planning/source/measure-packet-tail.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import type { Truncation } from '#planning/source/timeline.js';
import type { Container } from '#workers/containers/container.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { type InspectedFile, inspectFile } from '#workers/source/inspect-file.js';
import { judgeTruncation } from '#workers/source/judge-truncation.js';
import { type Probe, readDecodeTiming, readTail } from '#workers/source/read-packets.js';
import { readReport, refuseTooManyPixels, truncatedOr } from '#workers/source/read-report.js';

export interface ProbedSource {
  container: Container;
  report: ProbeReport;
  /** The track to publish, one of the report's. */
  video: ProbedStream;
  tail: PacketTail;
  /** As in `SourceVideo`. */
  decodeDelaySeconds: number;
  truncation: Truncation | undefined;
}

/** CPU limit of one ffprobe run. It grows with the file: a recording without an index is read whole. */
const probeSecondsOf = (bytes: number): number => 30 + bytes / 100e6;

/** Finds out what a source is, which tracks it has and where its video ends. Throws SourceRefusedError. */
export async function probeSource(
  ffmpeg: Pick<Ffmpeg, 'probe'>,
  path: string,
  signal: AbortSignal,
): Promise<ProbedSource> {
  const inspected = await inspectFile(path);
  const logs: string[] = [];
  const probe: Probe = (options, onText) =>
    ffmpeg.probe({
      path,
      demuxer: inspected.container.demuxer,
      priority: 'normal',
      options,
      cpuSeconds: probeSecondsOf(inspected.bytes),
      signal,
      onLog: (log) => logs.push(log),
      ...(onText ? { onText } : {}),
    });
  const report = await readReport(probe, inspected);
  const chosen = chooseReportedVideo(report, logs.join('\n'));
  return { container: inspected.container, report, ...(await readVideo(probe, inspected, report, chosen)) };
}

/** ffprobe reports no size for video over its limit of pixels, only a log message with the size. */
function chooseReportedVideo(report: ProbeReport, log: string): ProbedStream {
  try {
    return chooseVideo(report);
  } catch (error) {
    if (error instanceof SourceRefusedError && error.code === 'corrupt') refuseTooManyPixels(log);
    throw error;
  }
}

async function readVideo(
  probe: Probe,
  { container, truncation, timestampResetSeconds }: InspectedFile,
  report: ProbeReport,
  chosen: ProbedStream,
): Promise<Omit<ProbedSource, 'container' | 'report'>> {
  const decodeTiming = container.mayLackPresentationTimes?.(chosen)
    ? await readDecodeTiming(probe, chosen)
    : undefined;
  const video = decodeTiming ? { ...chosen, start_time: decodeTiming.startSeconds } : chosen;
  const tail = await readTail(probe, report, video);
  if (!tail) throw truncatedOr(truncation, `track ${video.index} (${video.codec_name}) holds no frames`);
  tail.maxStepBackSeconds = Math.max(tail.maxStepBackSeconds ?? 0, timestampResetSeconds);
  return {
    video,
    tail,
    decodeDelaySeconds: decodeTiming?.delaySeconds ?? 0,
    truncation: await judgeTruncation(probe, { container, report, video, tail, truncation }),
  };
}
