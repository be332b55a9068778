import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { addCommonOptions, wholeNumber } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions, Outcome } from '#cli/context/cli-context.js';
import { messageOf } from '#cli/context/cli-error.js';
import { createOutput } from '#cli/output/create-output.js';
import { failedResult } from '#cli/output/events.js';
import { defaultPort } from '#cli/up/choose-ports.js';
import { runUp } from '#cli/up/run-up.js';

interface Options extends CommonOptions {
  file?: string;
  once?: boolean;
  port?: number;
  workers: number;
  edges: number;
}

export function addUpCommand(program: Command, context: CliContext, outcome: Outcome): void {
  const command = program
    .command('up')
    .description('run every service on this machine; the first start publishes a sample video')
    .option('--file <file>', 'publish this video file')
    .option('--once', 'stop once the title is ready, fetched through the edges and checked')
    .option(
      '--port <number>',
      `first port: pages here, API +1, origin +2, worker +3, edges from +10 (default: ${defaultPort}, or the next free base)`,
      wholeNumber(1, 65_000),
    )
    .option(
      '--workers <number>',
      'number of ffmpeg processes at a time',
      wholeNumber(1, 256),
      availableParallelism(),
    )
    .option('--edges <number>', 'edge nodes', wholeNumber(1, 64), 3);
  addCommonOptions(command).action(async (options: Options) => {
    const output = createOutput(context, options.json);
    try {
      const { data, file, once = false, port, workers, edges } = options;
      outcome.exitCode = await runUp(context, { data, file, once, port, workers, edges }, output);
    } catch (error) {
      // With --json, the last line is a result event even when the start fails. Without, the message is
      // enough.
      if (options.json) output.emit(failedResult(messageOf(error)));
      throw error;
    }
  });
}
