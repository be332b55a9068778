import type { Command } from 'commander';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions, Outcome } from '#cli/context/cli-context.js';
import { examine } from '#cli/doctor/examine.js';
import type { DoctorFinding } from '#cli/doctor/finding.js';

export function addDoctorCommand(program: Command, context: CliContext, outcome: Outcome): void {
  const command = program.command('doctor').description('check installed programs, Redis and storage');
  addCommonOptions(command).action(async (options: CommonOptions) => {
    const findings = await examine(context, options.data);
    const missing = findings.filter(({ status }) => status === 'missing');
    for (const finding of findings)
      context.stdout.write(`${options.json ? JSON.stringify(finding) : describe(finding)}\n`);
    if (!options.json)
      context.stdout.write(
        missing.length === 0
          ? 'Everything required is installed.\n'
          : `Missing or unusable: ${missing.map(({ name }) => name).join(', ')}.\n`,
      );
    outcome.exitCode = missing.length === 0 ? 0 : 1;
  });
}

const marks = { ok: '✓', missing: '✗', optional: '–' } as const;

function describe({ name, status, detail, remedy }: DoctorFinding): string {
  const line = `${marks[status]} ${name.padEnd(16)} ${detail}`;
  return remedy === undefined ? line : `${line}\n${' '.repeat(19)}${remedy}`;
}
