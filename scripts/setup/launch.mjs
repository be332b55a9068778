import { runtimePrograms } from './programs.mjs';
import { orExplain, setUp } from './set-up.mjs';

/** Commands that run services on this machine and need the system's programs. */
const needsPrograms = new Set(['up', 'worker']);

/**
 * Sets up what the parameters need and runs the `millrace` command with them in this process.
 * @param {readonly string[]} parameters
 */
export async function launch(parameters) {
  const asksForHelp = parameters.some((parameter) => parameter === '--help' || parameter === '-h');
  const programs = !asksForHelp && needsPrograms.has(parameters[0] ?? '') ? runtimePrograms : [];
  await orExplain(() => setUp(programs));
  process.argv = [process.argv[0] ?? 'node', 'millrace', ...parameters];
  await import(new URL('../../dist/cli/main.js', import.meta.url).href);
}
