import type { Writable } from 'node:stream';
import type { CliEvent, Output } from '#cli/output/events.js';

/** Writes one JSON object per line. */
export class JsonOutput implements Output {
  constructor(private readonly stream: Writable) {}

  emit(event: CliEvent): void {
    this.stream.write(`${JSON.stringify(event)}\n`);
  }

  close(): void {
    // JSON output draws no progress bar.
  }
}
