import { Command, CommanderError } from 'commander';
import { addCheckCommand } from '#cli/commands/check.js';
import { addDeleteCommand } from '#cli/commands/delete.js';
import { addDoctorCommand } from '#cli/commands/doctor.js';
import { addPrepareBucketCommand } from '#cli/commands/prepare-bucket.js';
import { addReportCommand } from '#cli/commands/report.js';
import { addTitleCommand } from '#cli/commands/title.js';
import { addTitlesCommand } from '#cli/commands/titles.js';
import { addUpCommand } from '#cli/commands/up.js';
import { addUploadCommand } from '#cli/commands/upload.js';
import { addWorkerCommand } from '#cli/commands/worker.js';
import type { CliContext, Outcome } from '#cli/context/cli-context.js';
import { CliError, explainFileError } from '#cli/context/cli-error.js';

/** In the order that --help lists them. */
const commands = [
  addUpCommand,
  addUploadCommand,
  addTitlesCommand,
  addTitleCommand,
  addReportCommand,
  addDeleteCommand,
  addWorkerCommand,
  addCheckCommand,
  addDoctorCommand,
  addPrepareBucketCommand,
];

/** Runs one command line; resolves to its exit code. */
export async function runCli(parameters: readonly string[], context: CliContext): Promise<number> {
  const outcome: Outcome = { exitCode: 0 };
  const program = createProgram(context, outcome);
  try {
    await program.parseAsync(parameters, { from: 'user' });
    return outcome.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode;
    context.stderr.write(`millrace: ${explain(error)}\n`);
    return error instanceof CliError ? (error.options.exitCode ?? 1) : 1;
  }
}

function createProgram(context: CliContext, outcome: Outcome): Command {
  const program = new Command('millrace')
    .description('Self-hosted video encoding and delivery: video files in, adaptive HLS out.')
    .configureOutput({
      writeOut: (text) => void context.stdout.write(text),
      writeErr: (text) => void context.stderr.write(text),
    })
    .showHelpAfterError('(run with --help for usage)')
    .exitOverride();
  for (const add of commands) add(program, context, outcome);
  return program;
}

function explain(error: unknown): string {
  if (error instanceof CliError) return error.message;
  const path = (error as NodeJS.ErrnoException).path;
  const words = path === undefined ? undefined : explainFileError(error, path);
  return words ?? (error instanceof Error ? (error.stack ?? error.message) : String(error));
}
