import type { Answer, Transport } from '#core/hls/check/presentation/loaded-presentation.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

export interface ReadAnswer {
  /** An HTTP status; undefined where nothing answered. */
  status: number | undefined;
  /** Empty unless the status is 200 or 206. */
  bytes: Buffer;
  /** Why nothing answered, or why the bytes are not all. */
  error: string | undefined;
  transport: Transport | undefined;
}

/**
 * Where a presentation is read from: HTTP or storage. Neither method throws, but where the whole check is
 * cancelled.
 */
export interface PresentationReader {
  read(uri: string, want: { range?: ByteRange | undefined; limitBytes: number }): Promise<ReadAnswer>;
  /** Bytes of a resource that is not read, where that is known without asking for it. */
  sizeOf(uri: string): number | undefined;
}

/** What the parts of loading share: asking, counting, noting. */
export interface Asking {
  ask(
    uri: string,
    about: { role: Answer['role']; label: string; range?: ByteRange | undefined },
  ): Promise<ReadAnswer & { record: Answer }>;
  sizeOf(uri: string): number | undefined;
  note(sentence: string): void;
}
