import type { Command } from 'commander';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions, Outcome } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import { formatBytes } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';
import { listenForStop } from '#cli/up/stop-signals.js';
import type { CheckReport } from '#core/hls/check/check-publication.js';
import { checkUrl } from '#core/hls/check/check-url.js';

interface Options extends CommonOptions {
  all?: boolean;
}

export function addCheckCommand(program: Command, context: CliContext, outcome: Outcome): void {
  const command = program
    .command('check')
    .description('check an HLS URL against RFC 8216bis and the HLS Authoring Specification')
    .argument('<url>', 'URL of a multivariant or media playlist')
    .option('--all', 'read every segment (default: 25 per rendition)');
  addCommonOptions(command).action(async (url: string, options: Options) => {
    if (!URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol))
      throw new CliError(`"${url}" is not an http or https URL.`);
    const signals = listenForStop();
    // Reading can take minutes: show progress to a person at a terminal.
    const line = context.stderr.isTTY && !options.json ? context.stderr : undefined;
    try {
      const report = await checkUrl(url, {
        signal: signals.stop,
        onProgress: ({ resourcesRead, resourcesFound }) =>
          line?.write(`${clearLine}${resourcesRead} of ${resourcesFound} read`),
        ...(options.all ? { maxSegmentsPerRendition: Number.POSITIVE_INFINITY } : {}),
      });
      line?.write(clearLine);
      context.stdout.write(`${options.json ? JSON.stringify(report) : describeReport(report)}\n`);
      outcome.exitCode = report.findings.some(({ severity }) => severity === 'MUST') ? 1 : 0;
    } finally {
      signals.release();
    }
  });
}

const clearLine = '\r\u001B[K';

function describeReport({ uri, findings, notes, figures }: CheckReport): string {
  const must = findings.filter(({ severity }) => severity === 'MUST').length;
  return [
    ...findings.map(
      ({ rule, severity, message, uri: where }) =>
        `${severity.padEnd(6)} ${rule}  ${singleLine(message)}\n       ${singleLine(where)}`,
    ),
    ...notes.map((note) => `note   ${singleLine(note)}`),
    `${singleLine(uri)}: ${figures.renditions} renditions, ${figures.segmentsRead} of ${figures.segments} segments read (${formatBytes(figures.bytesRead)}); ` +
      `${must} MUST and ${findings.length - must} SHOULD findings.`,
  ].join('\n');
}
