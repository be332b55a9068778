import { execFile } from 'node:child_process';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { planInstall } from '#scripts/setup/install-plan.mjs';
import {
  findOnPath,
  missingPrograms,
  type Program,
  runtimePrograms,
  testPrograms,
} from '#scripts/setup/programs.mjs';

/** Checks the programs on PATH and their versions. Only the tests need Chromium. */
export async function checkPrograms(path: string, platform: string): Promise<DoctorFinding[]> {
  const system = { path, platform };
  const missing = new Set(missingPrograms(testPrograms, system));
  const wanted = testPrograms.filter(
    (program) => program.platforms === undefined || program.platforms.includes(platform),
  );
  return Promise.all(
    wanted.map(async (program): Promise<DoctorFinding> => {
      const { command, purpose } = program;
      if (missing.has(program))
        return {
          name: command,
          status: runtimePrograms.includes(program) ? 'missing' : 'optional',
          detail: `not installed (${purpose})`,
          remedy: remedyFor(program, path),
        };
      const whole = findOnPath(command, path) ?? command;
      return { name: command, status: 'ok', detail: (await versionOf(command, whole)) ?? whole };
    }),
  );
}

function remedyFor(program: Program, path: string): string {
  const hasAptGet = findOnPath('apt-get', path) !== undefined;
  const hasBrew = findOnPath('brew', path) !== undefined;
  const plan = planInstall([program], { isRoot: false, canSudo: false, hasAptGet, hasBrew });
  return plan.instructions.split('\n').slice(1).join(' ').trim();
}

async function versionOf(command: string, path: string): Promise<string | undefined> {
  const isFfmpeg = command === 'ffmpeg' || command === 'ffprobe';
  const output = await runBriefly(path, [isFfmpeg ? '-version' : '--version']);
  return output
    ?.split('\n')
    .find((line) => /\d/.test(line))
    ?.slice(0, 100)
    .trim();
}

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
