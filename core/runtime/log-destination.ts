import { writeSync } from 'node:fs';

/** A full pipe is tried again for this long. */
const pipePauseMs = 5;
const maxPipePauses = 20;

/**
 * Writes log lines to a file descriptor and never throws: while a line cannot be written (full disk, closed
 * pipe), it is dropped and counted, and the first line that can be written again comes after a report of the
 * loss. pino's own destination ends the process on an error, and its flush at a fatal line never returns
 * while the disk is full.
 */
export class LogDestination {
  private dropped = 0;
  private cause = '';
  /** Rest of a line of which a part was written. Written first, so that lines stay whole. */
  private rest: Buffer = Buffer.alloc(0);

  constructor(
    private readonly descriptor: number,
    /** Makes a line, without its end, from the number of dropped lines and the code of the last error. */
    private readonly describeLoss: (dropped: number, cause: string) => string,
  ) {}

  /** `line` includes its end. */
  write(line: string): void {
    if (this.finishLine() && this.reportLoss() && this.tryWrite(Buffer.from(line))) return;
    this.dropped += 1;
  }

  private finishLine(): boolean {
    return this.rest.length === 0 || this.tryWrite(this.rest);
  }

  private reportLoss(): boolean {
    if (this.dropped === 0) return true;
    if (!this.tryWrite(Buffer.from(`${this.describeLoss(this.dropped, this.cause)}\n`))) return false;
    this.dropped = 0;
    return true;
  }

  /** Whether the line was written, or its start was, so that the rest follows before any other line. */
  private tryWrite(line: Buffer): boolean {
    let written = 0;
    let pauses = 0;
    while (written < line.length) {
      try {
        written += writeSync(this.descriptor, line, written);
      } catch (error) {
        const { code = 'unknown' } = error as NodeJS.ErrnoException;
        if (code === 'EAGAIN' && pauses < maxPipePauses) {
          pauses += 1;
          pause();
          continue;
        }
        this.cause = code;
        break;
      }
    }
    const isRest = line === this.rest;
    if (written > 0 || isRest) this.rest = line.subarray(written);
    return isRest ? this.rest.length === 0 : written > 0;
  }
}

/** Blocks the thread: pino's callers do not wait for a line. */
function pause(): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, pipePauseMs);
}
