import type { Command } from 'commander';
import { locateEncoder } from '#cli/api/locate-encoder.js';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions } from '#cli/context/cli-context.js';
import { describeState } from '#cli/output/describe-event.js';
import { formatBytes, formatDuration } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';
import type { TitleResource } from '#core/contracts/title-resource.js';

export function addTitleCommand(program: Command, context: CliContext): void {
  const command = program.command('title').description('show one title').argument('<id>', 'title id');
  addCommonOptions(command).action(async (titleId: string, options: CommonOptions) => {
    const { client } = await locateEncoder(context, options.data);
    const title = await client.readTitle(titleId);
    context.stdout.write(`${options.json ? JSON.stringify(title) : describe(title)}\n`);
  });
}

function describe(title: TitleResource): string {
  const { publication, failure, progress, source } = title;
  const rows: [string, string | undefined][] = [
    ['Title', singleLine(title.name)],
    ['Id', title.titleId],
    ['State', describeState(title.state)],
    ['Reason', failure && `${failure.code}: ${failure.message}`],
    ['Detail', failure?.detail && singleLine(failure.detail)],
    ['Source', `${singleLine(source.fileName)}, ${formatBytes(source.bytes)}`],
    ['Uploaded', title.createdAt],
    ['Length', publication && formatDuration(publication.durationSeconds)],
    ['Video', publication && describeVideo(publication)],
    ['Renditions', publication?.renditionIds.join(', ')],
    [
      'Segments',
      progress.segmentsTotal > 0 ? `${progress.segmentsStored} of ${progress.segmentsTotal}` : undefined,
    ],
    ['CPU time', `${title.cpuSeconds.toFixed(1)} s`],
    ['Page', title.pageUrl],
    ['Playlist', title.playlistUrl],
  ];
  return rows
    .filter(([, value]) => value !== undefined && value !== '')
    .map(([label, value]) => `${label.padEnd(11)} ${value}`)
    .join('\n');
}

function describeVideo({ width, height, frameRate }: NonNullable<TitleResource['publication']>): string {
  const rate = frameRate.numerator / frameRate.denominator;
  return `${width}x${height}, ${Number(rate.toFixed(3))} fps`;
}
