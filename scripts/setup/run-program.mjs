import { spawn } from 'node:child_process';

/**
 * Runs a program with its output on our standard error. Resolves to its exit code, or to 127 if it cannot be
 * started.
 * @param {string} program
 * @param {readonly string[]} parameters
 * @param {{ cwd?: string, environment?: Record<string, string> }} [options]
 * @returns {Promise<number>}
 */
export function runProgram(program, parameters, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(program, parameters, {
      cwd: options.cwd ?? process.cwd(),
      env: { ...process.env, ...options.environment },
      stdio: ['ignore', 2, 2],
    });
    child.once('error', () => resolve(127));
    child.once('exit', (code) => resolve(code ?? 1));
  });
}
