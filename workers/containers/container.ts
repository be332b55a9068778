import { SourceRefusedError } from '#core/contracts/failure.js';
import type { SourceVideo } from '#core/contracts/plan.js';
import type { ProbedStream } from '#planning/source/probe-report.js';
import type { Truncation } from '#planning/source/timeline.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/**
 * What the worker knows about one container format. To add a container, write one module that exports its
 * descriptor and list it in `containers.ts`.
 */
export interface Container {
  /** ffmpeg's name of the demuxer: `-f` of every run. Plans store it. */
  demuxer: string;
  /** `-format_whitelist`, where the demuxer has several names: ffmpeg compares the whole list of them. */
  whitelistName?: string;
  /**
   * `magic`: by fixed bytes at a fixed offset. `structure`: by a pattern that other formats may hold by
   * chance, so it is tried after the magic numbers of all formats, unsupported ones included.
   */
  recognisedBy: 'magic' | 'structure';
  /** Whether a file is in this container. `head` is its first `detectionBytes`, or all of a shorter file. */
  recognises: (head: Buffer) => boolean;
  /** Options before the input, for ffprobe and ffmpeg alike, in addition to those of every container. */
  inputOptions?: readonly string[];
  /** How a seek finds a key frame. Plans store it. */
  seeking: SourceVideo['seeking'];
  /** The index lists every sample: a file that has them all is complete, whatever its headers declare. */
  hasSampleIndex?: true;
  /** The index holds decode times: a seek may land on a key frame that is shown after the time sought. */
  seeksByDecodeTime?: true;
  /** Broadcast containers: the sample aspect ratio may change within the stream. */
  mayChangeSampleAspect?: true;
  /** Whether the packets of `stream` may carry decode times only. Absent: they carry presentation times. */
  mayLackPresentationTimes?: (stream: ProbedStream) => boolean;
  /** Compares declared sizes with the file's. Throws SourceRefusedError for files joined end to end. */
  findTruncation?: (file: SourceFile) => Promise<Truncation | undefined>;
  /** For containers whose encryption ffprobe does not report. */
  encryption?: TrackEncryption;
  /** Tags in ffprobe's format report; any of them means that all tracks are encrypted. */
  encryptionTags?: readonly string[];
  /** The largest backward jump of the timestamps within the file, in seconds; 0 if there is none. */
  findTimestampReset?: (file: SourceFile) => Promise<number>;
}

interface TrackEncryption {
  /** The encrypted tracks, by the container's own numbers. Reads headers and a few megabytes of media. */
  findTracks: (file: SourceFile) => Promise<ReadonlySet<number>>;
  /** The number that `findTracks` gives to a stream of ffprobe's report. */
  trackNumberOf: (stream: ProbedStream) => number;
}

/**
 * For containers whose tracks are found from their first packets: within ffmpeg's default of 5 MB, audio that
 * begins late is missed.
 */
export const wideProbeOptions = ['-probesize', String(128 * 2 ** 20), '-analyzeduration', String(60_000_000)];

/** Whether `head` holds one of these byte strings (one character a byte) at `offset`. */
export function hasMagic(head: Buffer, offset: number, ...alternatives: readonly string[]): boolean {
  return alternatives.some((magic) => head.toString('latin1', offset, offset + magic.length) === magic);
}

/** Compares the end that a header declares for `part` with the file's; undefined if nothing is missing. */
export function compareDeclaredEnd(
  file: SourceFile,
  declaredEnd: number,
  part: string,
): Truncation | undefined {
  if (declaredEnd <= file.bytes) return undefined;
  return {
    detail: `the ${part} should end at byte ${declaredEnd}, but the file ends at byte ${file.bytes}`,
    presentShare: file.bytes / declaredEnd,
  };
}

/** Refuses a file with a second, complete file inside it: demuxers would drop the second without a word. */
export function refuseJoinedFiles(secondOffset: number): never {
  throw new SourceRefusedError(
    'duration',
    `a second video begins at byte ${secondOffset}: files were joined without common timestamps`,
  );
}
