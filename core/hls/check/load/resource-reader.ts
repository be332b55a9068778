import type { Answer, Transport } from '#core/hls/check/presentation/loaded-presentation.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

export interface ReadAnswer {
  /** HTTP status; undefined without a response. */
  status: number | undefined;
  /** Empty unless the status is 200 or 206. */
  bytes: Buffer;
  /** Why there is no response, or why the bytes are incomplete. */
  error: string | undefined;
  transport: Transport | undefined;
}

export interface ReadRequest {
  range?: ByteRange | undefined;
  limitBytes: number;
}

/** Where a presentation is read from: HTTP or storage. Methods throw only if the whole check is cancelled. */
export interface PresentationReader {
  read(uri: string, request: ReadRequest): Promise<ReadAnswer>;
  /** Size of a resource, if it is known without a request. */
  sizeOf(uri: string): number | undefined;
}

const limitBytes = {
  playlist: 10 * 2 ** 20,
  init: 4 * 2 ** 20,
  segment: 256 * 2 ** 20,
  steering: 2 ** 20,
} as const;

export interface LoadProgress {
  resourcesRead: number;
  resourcesFound: number;
  label: string;
}

/** Reads the resources of one presentation, and records every answer and what was not checked. */
export class ResourceReader {
  readonly answers: Answer[] = [];
  /** What was not checked and why, one sentence each. */
  readonly notes = new Set<string>();
  bytesRead = 0;
  /** For progress: resources known so far, read or not. */
  resourcesFound = 1;

  constructor(
    private readonly reader: PresentationReader,
    private readonly onProgress: ((progress: LoadProgress) => void) | undefined,
  ) {}

  /** Reads a resource. The caller may set the error of `record` if it cannot parse the bytes. */
  async read(
    uri: string,
    about: { role: Answer['role']; label: string; range?: ByteRange | undefined },
  ): Promise<ReadAnswer & { record: Answer }> {
    const { role, label, range } = about;
    const answer = await this.reader.read(uri, { range, limitBytes: limitBytes[role] });
    const { status, error, transport } = answer;
    const record: Answer = { uri, role, label, status, error, transport };
    this.answers.push(record);
    this.bytesRead += answer.bytes.length;
    this.onProgress?.({
      resourcesRead: this.answers.length,
      resourcesFound: Math.max(this.resourcesFound, this.answers.length),
      label,
    });
    return { ...answer, record };
  }

  sizeOf(uri: string): number | undefined {
    return this.reader.sizeOf(uri);
  }

  note(sentence: string): void {
    this.notes.add(sentence);
  }
}
