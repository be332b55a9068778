import { execFile } from 'node:child_process';

const maxMs = 20_000;

/** A program's standard output and standard error; undefined where it does not start, fails, or takes too long. */
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
