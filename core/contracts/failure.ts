import { z } from 'zod';

/**
 * Why a title cannot be published: the closed list, each with the sentence a content person reads.
 * `internal` is the only one that is our fault; every other is about the source.
 */
export const failureSentences = {
  empty: 'The file is empty (0 bytes). Upload it again.',
  unsupported:
    'This is not a video file that Millrace can read. Export it as MP4, MOV, MKV, WebM or MPEG-TS.',
  corrupt:
    'The file is damaged: its picture, or a part of it, cannot be decoded. Export it again from the original.',
  truncated: 'The file ends before its film does: the upload or the export was cut off. Export it again.',
  encrypted: 'The file is encrypted (DRM). Upload an unprotected export.',
  codec:
    'The picture or the sound is in a format that cannot be decoded here. Export it with H.264, HEVC, ProRes or VP9, and AAC.',
  no_video: 'The file holds no picture, only sound or data. Upload a film.',
  dimensions: 'The picture is too large, too small or too narrow to publish.',
  duration: 'The film is too short or too long to publish, or its time stamps make no sense.',
  frame_rate: 'The film has more frames a second than can be published. Export it with 60 or fewer.',
  streams: 'The file holds too many tracks.',
  too_large: 'The file is larger than this installation accepts.',
  resources: 'Decoding this file needs more time or memory than a title may use.',
  internal: 'Something went wrong on our side. The title can be tried again.',
} as const;

export const failureCodes = Object.keys(failureSentences) as [FailureCode, ...FailureCode[]];
export type FailureCode = keyof typeof failureSentences;

export const failureSchema = z.object({
  code: z.enum(failureCodes),
  /** One sentence for people, from `failureSentences`, perhaps with figures added. */
  message: z.string(),
  /** What the machine saw, for engineers: never shown as the main text. */
  detail: z.string().optional(),
});
export type Failure = z.infer<typeof failureSchema>;

/** Thrown where a source is found unfit: not retried, ends the title as `failed(code)`. */
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
