import { spawn } from 'node:child_process';
import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { CliContext } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import type { DataFolder } from '#cli/instance/data-folder.js';
import type { Output } from '#cli/output/events.js';

/** Makes the sample video unless it exists; resolves to its path. */
export async function makeSampleClip(
  context: CliContext,
  folder: DataFolder,
  output: Output,
  signal: AbortSignal,
): Promise<string> {
  await mkdir(folder.samples, { recursive: true, mode: 0o700 });
  const file = join(folder.samples, 'Millrace sample.mp4');
  const found = await stat(file).catch(() => undefined);
  if (found && found.size > 0) return file;
  output.emit({ event: 'sample', status: 'making', file });
  await runMaker(join(context.installDirectory, 'dist', 'fixtures', 'media', 'make-sample.js'), file, signal);
  output.emit({ event: 'sample', status: 'made', file });
  return file;
}

async function runMaker(program: string, file: string, signal: AbortSignal): Promise<void> {
  // Runs in its own process: drawing frames must not delay the supervision of the services.
  const maker = spawn(process.execPath, [program, file], { stdio: ['ignore', 'ignore', 'pipe'], signal });
  let words = '';
  maker.stderr.setEncoding('utf8').on('data', (text: string) => {
    words = (words + text).slice(-4_000);
  });
  const exitCode = await new Promise<number | null>((resolve, reject) => {
    maker.once('error', reject);
    maker.once('close', resolve);
  });
  if (exitCode !== 0)
    throw new CliError(
      `The sample video could not be made: ${words.trim() || `exit code ${exitCode}`}\nPublish your own with --file FILE.`,
    );
}
