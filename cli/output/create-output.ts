import type { Writable } from 'node:stream';
import cliProgress, { type SingleBar } from 'cli-progress';
import type { CliContext } from '#cli/context/cli-context.js';
import { describeEvent, describeState } from '#cli/output/describe-event.js';
import type { CliEvent, Output } from '#cli/output/events.js';
import { formatBytes } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';

export function createOutput(context: CliContext, json: boolean | undefined): Output {
  return json ? new JsonOutput(context.stdout) : new TextOutput(context.stdout);
}

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

type Moving = Extract<CliEvent, { event: 'upload' | 'progress' }>;

/** Text for people: a progress bar on a terminal, elsewhere a line per notable step. */
export class TextOutput implements Output {
  private bar: { kind: string; bar: SingleBar } | undefined;
  private lastStep = '';

  constructor(private readonly stream: Writable & { isTTY?: boolean }) {}

  emit(event: CliEvent): void {
    if (event.event === 'upload' || event.event === 'progress') {
      if (this.stream.isTTY) this.draw(event);
      else this.writeStep(event);
      return;
    }
    const words = describeEvent(event);
    if (event.event === 'upload-waiting') {
      // Once for each reason, not once for each attempt.
      if (words === this.lastStep) return;
      this.lastStep = words ?? '';
    }
    this.close();
    if (words !== undefined) this.stream.write(`${words}\n`);
  }

  close(): void {
    this.bar?.bar.stop();
    this.bar = undefined;
  }

  private draw(event: Moving): void {
    this.lastStep = '';
    const [done, total] = amounts(event);
    const label =
      event.event === 'upload'
        ? `Uploading ${singleLine(event.file)}`
        : `Title ${describeState(event.state)}`;
    const figures =
      event.event === 'upload'
        ? `${formatBytes(done)} of ${formatBytes(total)}`
        : total === 0
          ? ''
          : `${done} of ${total} segments`;
    if (this.bar?.kind !== event.event) {
      this.close();
      this.bar = { kind: event.event, bar: createBar(this.stream) };
      this.bar.bar.start(Math.max(total, 1), done, { label, figures });
    }
    this.bar.bar.setTotal(Math.max(total, 1));
    this.bar.bar.update(done, { label, figures });
  }

  /** Writes one line per tenth of progress and per new state. */
  private writeStep(event: Moving): void {
    const [done, total] = amounts(event);
    const tenth = total === 0 ? 0 : Math.floor((done / total) * 10);
    const step = `${event.event} ${event.event === 'progress' ? event.state : ''} ${tenth}`;
    if (step === this.lastStep) return;
    this.lastStep = step;
    this.stream.write(`${describeEvent(event)}\n`);
  }
}

function amounts(event: Moving): [done: number, total: number] {
  return event.event === 'upload'
    ? [event.bytesSent, event.bytesTotal]
    : [event.segmentsStored, event.segmentsTotal];
}

function createBar(stream: Writable): SingleBar {
  return new cliProgress.SingleBar({
    stream,
    format: '  {bar} {percentage} %  {label}  {figures}',
    formatBar: cliProgress.Format.BarFormat,
    barCompleteChar: '█',
    barIncompleteChar: '░',
    barsize: 28,
    hideCursor: true,
    clearOnComplete: true,
    linewrap: false,
  });
}
