import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './lockfile-state.mjs';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './say.mjs';

/**
 * Installs exactly what package-lock.json names, and only where that is not what is there.
 * @param {string} root
 */
export async function ensurePackages(root) {
  const wanted = readLockfile(join(root, 'package-lock.json'));
  const installed = readLockfile(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new SetupError(`${root} has no readable package-lock.json: is this a whole clone?`);
  if (installed && isInstalled(wanted, installed)) return;
  say('installing the packages of package-lock.json (npm ci) …');
  const [program, ...parameters] = npmCommand();
  const exitCode = await runProgram(
    program,
    [...parameters, 'ci', '--include=dev', '--no-audit', '--no-fund', '--loglevel=error'],
    { cwd: root },
  );
  if (exitCode === 127) throw new SetupError('npm is not on PATH: install Node.js with npm, 20.20 or newer.');
  if (exitCode !== 0) {
    throw new SetupError(
      `npm ci ended with exit code ${exitCode}; its words are above. Check the network and the npm registry, then start again.`,
    );
  }
}

/**
 * The npm that runs us, where one does: its own interpreter and file, whatever PATH says.
 * @returns {[string, ...string[]]}
 */
function npmCommand() {
  const npm = process.env.npm_execpath;
  return npm?.endsWith('.js') && existsSync(npm) ? [process.execPath, npm] : ['npm'];
}

/**
 * @param {string} path
 * @returns {import('./lockfile-state.mjs').Lockfile | undefined}
 */
function readLockfile(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
