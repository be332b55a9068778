import type { PresentationReader, ReadAnswer } from '#core/hls/check/load/presentation-reader.js';
import type { Answer } from '#core/hls/check/presentation/loaded-presentation.js';
import type { ByteRange } from '#core/hls/read/playlist.js';

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
