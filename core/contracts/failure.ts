import { z } from 'zod';

/**
 * Why a title cannot be published: the closed list of codes, each with the sentence that users read.
 * `internal` is our own fault; every other code is about the source.
 */
export const failureSentences = {
  empty: 'The file is empty (0 bytes). Upload it again.',
  unsupported:
    'This is not a video file that Millrace can read. Export it as MP4, MOV, MKV, WebM or MPEG-TS.',
  corrupt: 'The video is damaged and cannot be decoded completely. Export it again from the original.',
  truncated: 'The file ends early: the upload or the export was interrupted. Export it again.',
  encrypted: 'The file is encrypted (DRM). Upload an unprotected export.',
  codec:
    'The codec of the video or audio cannot be decoded. Export it with H.264, HEVC, ProRes or VP9, and AAC.',
  no_video: 'The file has no video, only audio or data. Upload a file with video.',
  dimensions: 'The video is too large, too small or too narrow to publish. Export it at another size.',
  duration: 'The video is too short or too long to publish, or its timestamps are invalid. Export it again.',
  frame_rate: 'The video has more frames per second than can be published. Export it with 60 or fewer.',
  streams: 'The file has too many tracks. Export it with fewer.',
  too_large: 'The file is larger than this installation accepts. Export a smaller file.',
  resources:
    'Decoding this file takes more time or memory than a title may use. Export it at a smaller size.',
  internal:
    'Millrace could not publish this title. The fault is in Millrace or its machines, not in the file. ' +
    'The detail and the log name the cause.',
} as const;

const failureCodes = Object.keys(failureSentences) as [FailureCode, ...FailureCode[]];
export type FailureCode = keyof typeof failureSentences;

export const failureSchema = z.object({
  code: z.enum(failureCodes),
  /** Text for users: from `failureSentences`, possibly with figures added. */
  message: z.string(),
  /** Technical cause, for engineers. Never shown as the main text. */
  detail: z.string().optional(),
  /** Set by releases in which no outage fails a title: see `mayBeOutage`. */
  excludesOutages: z.literal(true).optional(),
});
export type Failure = z.infer<typeof failureSchema>;

const maxDetailCharacters = 2_000;

/** Makes the failure of a title whose source was not refused. */
export function failureFor(code: 'internal' | 'resources', detail: string): Failure {
  return {
    code,
    message: failureSentences[code],
    detail: detail.slice(0, maxDetailCharacters),
    excludesOutages: true,
  };
}

/**
 * Whether an outage of storage or Redis may have failed a title: earlier releases recorded it as `internal`.
 * Never true for a failure that this release has recorded, nor for a title that was put back to work once.
 */
export function mayBeOutage(title: {
  failure?: Failure | undefined;
  resumedAt?: string | undefined;
}): boolean {
  const { failure, resumedAt } = title;
  return failure?.code === 'internal' && !failure.excludesOutages && resumedAt === undefined;
}

/** Thrown when a source cannot be published. Not retried: the title ends as `failed(code)`. */
export class SourceRefusedError extends Error {
  readonly retryable = false;

  constructor(
    readonly code: FailureCode,
    readonly detail: string,
    options?: ErrorOptions,
  ) {
    super(`${code}: ${detail}`, options);
    this.name = 'SourceRefusedError';
  }

  toFailure(): Failure {
    return { code: this.code, message: failureSentences[this.code], detail: this.detail };
  }
}
