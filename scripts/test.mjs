// `npm test`: sets up what is missing, then runs every check that CI runs. Passes further parameters to
// vitest.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countTests } from './count-tests.mjs';
import { runSteps } from './run-steps.mjs';
import { testPrograms } from './setup/programs.mjs';
import { runProgram } from './setup/run-program.mjs';
import { say } from './setup/say.mjs';
import { orExplain, root, setUp } from './setup/set-up.mjs';

/** The lanes of vitest.config.ts. They run at the same time. */
const lanes = ['busy', 'waiting'];
/** @param {string} lane */
const reportOf = (lane) => join(root, 'dist', `test-report-${lane}.json`);
/** The counts that .ci/run prints last. */
const summary = join(root, 'dist', 'test-summary.json');
for (const file of [...lanes.map(reportOf), summary]) rmSync(file, { force: true });

/** @type {readonly import('./run-steps.mjs').Step[]} */
const checks = [
  { name: 'format (biome)', parameters: ['node_modules/@biomejs/biome/bin/biome', 'format', '.'] },
  { name: 'lint (oxlint)', parameters: ['node_modules/oxlint/bin/oxlint', '--type-aware'] },
  { name: 'types (tsc)', parameters: ['node_modules/typescript/bin/tsc'] },
  { name: 'import rules', parameters: ['scripts/check-imports.mjs'] },
  { name: 'words and line widths', parameters: ['scripts/check-words.mjs'] },
  { name: 'dead code', parameters: ['scripts/check-dead-code.mjs'] },
];
await orExplain(() => setUp(testPrograms));
await prepareMinio();
const failedChecks = await runSteps(checks, root);
process.stdout.write('\n── tests (vitest)\n');
const [busy, waiting] = await Promise.all([runLane('busy', 'inherit'), runLane('waiting', 'pipe')]);
process.stdout.write(waiting.output);
const failedTests = busy.exitCode + waiting.exitCode === 0 ? [] : ['tests (vitest)'];

const counts = lanes
  .map((lane) =>
    countTests(existsSync(reportOf(lane)) ? JSON.parse(readFileSync(reportOf(lane), 'utf8')) : undefined),
  )
  .reduce((one, other) => ({
    passed: one.passed + other.passed,
    failed: one.failed + other.failed,
    skipped: one.skipped + other.skipped,
  }));
// vitest can fail without a failed test, for example by an error after the last one.
const otherFailures = failedTests.length > 0 && counts.failed === 0 ? 1 : 0;
const passed = counts.passed + checks.length - failedChecks.length;
const failed = counts.failed + otherFailures + failedChecks.length;
writeFileSync(summary, JSON.stringify({ passed, failed }));
const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
process.stdout.write(
  failed === 0
    ? `\nPassed: ${checks.length} checks and ${counts.passed} tests passed${skipped}.\n`
    : `\nFailed: ${[...failedChecks, ...failedTests].join(', ')}; ${counts.passed} tests passed, ${counts.failed + otherFailures} failed${skipped}.\n`,
);
process.exitCode = failed === 0 ? 0 : 1;

/**
 * Builds the server of the S3 tests before any of them waits for it. Without it, they report what was not
 * tested.
 */
async function prepareMinio() {
  const exitCode = await runProgram(process.execPath, ['dist/fixtures/prepare-minio.js'], { cwd: root });
  if (exitCode !== 0) say('the S3 backend of object storage will NOT be tested here; the reason is above.');
}

/**
 * Runs the tests of one lane. The output of a piped lane is returned, to be printed after that of the other.
 * @param {string} lane
 * @param {'inherit' | 'pipe'} stdout
 * @returns {Promise<{ exitCode: number, output: string }>}
 */
async function runLane(lane, stdout) {
  const parameters = [
    'node_modules/vitest/vitest.mjs',
    'run',
    // A path that npm was given may have no tests in one of the lanes.
    '--passWithNoTests',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${reportOf(lane)}`,
    ...process.argv.slice(2),
  ];
  const child = spawn(process.execPath, parameters, {
    cwd: root,
    env: { ...process.env, MILLRACE_TEST_LANE: lane },
    stdio: ['ignore', stdout, stdout],
  });
  /** @type {Buffer[]} */
  const output = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk) => output.push(chunk));
  const [exitCode] = await once(child, 'close');
  return { exitCode: exitCode ?? 1, output: Buffer.concat(output).toString('utf8') };
}
