import { spawnSync } from 'node:child_process';
import { planInstall } from './install-plan.mjs';
import { findOnPath, missingPrograms } from './programs.mjs';
import { runProgram } from './run-program.mjs';
import { SetupError, say } from './say.mjs';

/**
 * Installs the missing programs if this user may; otherwise throws one message with the command that installs
 * each.
 * @param {readonly import('./programs.mjs').Program[]} programs
 */
export async function ensurePrograms(programs) {
  const path = process.env.PATH ?? '';
  const system = { path, platform: process.platform };
  const missing = missingPrograms(programs, system);
  if (missing.length === 0) return;
  const plan = planInstall(missing, meansOf(path));
  if (plan.commands.length === 0) throw new SetupError(plan.instructions);
  say(`installing ${missing.map(({ command }) => command).join(', ')} …`);
  for (const [program = '', ...parameters] of plan.commands) {
    say(`running ${[program, ...parameters].join(' ')}`);
    const exitCode = await runProgram(program, parameters);
    if (exitCode !== 0) {
      throw new SetupError(
        `${program} ended with exit code ${exitCode}; see its output above.\n${describeRest(programs, system)}`,
      );
    }
  }
  if (missingPrograms(programs, system).length > 0) throw new SetupError(describeRest(programs, system));
}

/**
 * @param {readonly import('./programs.mjs').Program[]} programs
 * @param {{ path: string, platform: string }} system
 */
function describeRest(programs, system) {
  return planInstall(missingPrograms(programs, system), meansOf(system.path)).instructions;
}

/**
 * @param {string} path
 * @returns {import('./install-plan.mjs').Means}
 */
function meansOf(path) {
  const isRoot = process.getuid?.() === 0;
  return {
    isRoot,
    hasAptGet: findOnPath('apt-get', path) !== undefined,
    hasBrew: findOnPath('brew', path) !== undefined,
    canSudo: !isRoot && spawnSync('sudo', ['-n', 'true'], { stdio: 'ignore' }).status === 0,
  };
}
