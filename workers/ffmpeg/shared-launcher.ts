import { chmod, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/** A run's own launcher script, in the run's folder. */
const runLauncherName = '.launch';

/**
 * Writes the one program that fluent-ffmpeg starts, and returns its path: the library takes a single ffmpeg
 * path for the whole process, but every run has a launcher of its own.
 *
 * The script executes the launcher in its working folder. A folder without one gets plain ffmpeg: that is how
 * the library asks for ffmpeg's lists of formats and encoders, without any input.
 */
export async function writeSharedLauncher(directory: string, ffmpeg: string): Promise<string> {
  const path = join(directory, 'ffmpeg-launcher');
  const script = [
    '#!/bin/sh',
    `if [ -x ./${runLauncherName} ]; then exec ./${runLauncherName} "$@"; fi`,
    `exec ${quote(ffmpeg)} "$@"`,
    '',
  ].join('\n');
  await mkdir(directory, { recursive: true });
  await writeFile(path, script);
  await chmod(path, 0o755);
  return path;
}

/** Writes the launcher of one run into its folder. `argv` gets the program's arguments appended. */
export async function writeRunLauncher(directory: string, argv: readonly string[]): Promise<void> {
  const path = join(directory, runLauncherName);
  await writeFile(path, `#!/bin/sh\nexec ${argv.map(quote).join(' ')} "$@"\n`);
  await chmod(path, 0o755);
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
