import { spawn } from 'node:child_process';

/**
 * One step of `npm test`: a program from node_modules or a script, run by this Node.js.
 * @typedef {{ name: string, parameters: readonly string[] }} Step
 */

/**
 * Runs every step, even after a failure. Resolves to the names of the failed steps.
 * @param {readonly Step[]} steps
 * @param {string} root
 * @returns {Promise<string[]>}
 */
export async function runSteps(steps, root) {
  const failed = [];
  for (const { name, parameters } of steps) {
    process.stdout.write(`\n── ${name}\n`);
    const exitCode = await run(parameters, root);
    if (exitCode !== 0) {
      process.stdout.write(`${name} failed (exit code ${exitCode})\n`);
      failed.push(name);
    }
  }
  return failed;
}

/**
 * @param {readonly string[]} parameters
 * @param {string} root
 * @returns {Promise<number>}
 */
function run(parameters, root) {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, parameters, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
