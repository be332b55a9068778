import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from 'commander';
import type { EncoderClient } from '#cli/api/encoder-client.js';
import { locateEncoder } from '#cli/api/locate-encoder.js';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import { describeReport } from '#cli/output/describe-report.js';
import type { TitleReport } from '#core/contracts/title-report.js';

const pollMs = 500;
/** A busy pool makes reports last. After this long, no worker is likely to be making one. */
const maxWaitMs = 30 * 60_000;

export function addReportCommand(program: Command, context: CliContext): void {
  const command = program
    .command('report')
    .description("compare a title's ladder with a fixed one: bitrate and quality per rendition")
    .argument('<id>', 'its id');
  addCommonOptions(command).action(async (titleId: string, options: CommonOptions) => {
    const { client } = await locateEncoder(context, options.data);
    const report = await obtain(client, titleId, () =>
      context.stderr.write('A worker encodes a few segments with the fixed ladder and compares them …\n'),
    );
    context.stdout.write(`${options.json ? JSON.stringify(report) : describeReport(report)}\n`);
  });
}

async function obtain(client: EncoderClient, titleId: string, onWait: () => void): Promise<TitleReport> {
  const first = await client.readReport(titleId, 'POST');
  if (first) return first;
  onWait();
  for (let waitedMs = 0; waitedMs < maxWaitMs; waitedMs += pollMs) {
    await sleep(pollMs);
    const report = await client.readReport(titleId, 'GET');
    if (report) return report;
  }
  throw new CliError(
    `The report is not ready after ${maxWaitMs / 60_000} minutes. Check that a worker serves the queue "tracks", then run the command again.`,
  );
}
