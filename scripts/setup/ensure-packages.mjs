import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isInstalled } from './lockfile-state.mjs';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './say.mjs';

/**
 * Installs exactly the packages of package-lock.json, unless they are installed already.
 * @param {string} root
 */
export async function ensurePackages(root) {
  const wanted = readLockfile(join(root, 'package-lock.json'));
  const installed = readLockfile(join(root, 'node_modules', '.package-lock.json'));
  if (!wanted) throw new SetupError(`${root} has no readable package-lock.json: is this a complete clone?`);
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
      `npm ci ended with exit code ${exitCode}; see its output above. Check the network and the npm registry, then try again.`,
    );
  }
}

/**
 * The npm that runs this script, if one does, by its own file instead of PATH.
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
