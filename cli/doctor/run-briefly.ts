import { execFile } from 'node:child_process';

const maxMs = 20_000;

/**
 * Runs a program and returns its output and errors; undefined if it does not start, fails or takes too long.
 */
export async function runBriefly(
  program: string,
  parameters: readonly string[],
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const options = { timeout: maxMs, maxBuffer: 16 * 2 ** 20 };
    execFile(program, parameters, options, (error, stdout, stderr) => {
      resolve(error ? undefined : `${stdout}${stderr}`);
    });
  });
}
