import type { Command } from 'commander';
import { locateEncoder } from '#cli/api/locate-encoder.js';
import { addCommonOptions, wholeNumber } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions } from '#cli/context/cli-context.js';
import { describeState } from '#cli/output/describe-event.js';
import { formatDuration } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';
import type { TitleListEntry } from '#core/contracts/title-resource.js';

interface Options extends CommonOptions {
  limit?: number;
}

export function addTitlesCommand(program: Command, context: CliContext): void {
  const command = program
    .command('titles')
    .description('list the titles, newest first')
    .option('--limit <number>', 'list at most this many', wholeNumber(1, 1_000_000));
  addCommonOptions(command).action(async (options: Options) => {
    const { client } = await locateEncoder(context, options.data);
    let isEmpty = true;
    for await (const title of client.listTitles(options.limit)) {
      context.stdout.write(`${options.json ? JSON.stringify(title) : describeTitle(title)}\n`);
      isEmpty = false;
    }
    if (isEmpty && !options.json)
      context.stdout.write('No titles yet. Upload one with "millrace upload FILE".\n');
  });
}

function describeTitle(title: TitleListEntry): string {
  if (title.state === 'damaged')
    return `${title.titleId}  damaged (${singleLine(title.damage.message)}); remove it with "millrace delete ${title.titleId}"`;
  const { publication, progress, state } = title;
  const length = publication ? ` ${formatDuration(publication.durationSeconds)}` : '';
  const amount = state === 'playable' ? ` ${progress.segmentsStored}/${progress.segmentsTotal}` : '';
  const failure = title.failure ? ` (${title.failure.code})` : '';
  return `${title.titleId}  ${describeState(state)}${amount}${failure}${length}  ${singleLine(title.name)}`;
}
