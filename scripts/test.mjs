// `npm test`: sets up what is missing, then every check that CI runs. Further parameters go to vitest.
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { countTests } from './count-tests.mjs';
import { runSteps } from './run-steps.mjs';
import { testPrograms } from './setup/programs.mjs';
import { runProgram } from './setup/run-program.mjs';
import { say } from './setup/say.mjs';
import { orExplain, root, setUp } from './setup/set-up.mjs';

const report = join(root, 'dist', 'test-report.json');
/** What .ci/run prints last. */
const summary = join(root, 'dist', 'test-summary.json');
for (const file of [report, summary]) rmSync(file, { force: true });

/** @type {readonly import('./run-steps.mjs').Step[]} */
const checks = [
  { name: 'format (biome)', parameters: ['node_modules/@biomejs/biome/bin/biome', 'format', '.'] },
  { name: 'lint (oxlint)', parameters: ['node_modules/oxlint/bin/oxlint', '--type-aware'] },
  { name: 'types (tsc)', parameters: ['node_modules/typescript/bin/tsc'] },
  { name: 'import rules', parameters: ['scripts/check-imports.mjs'] },
];
const tests = {
  name: 'tests (vitest)',
  parameters: [
    'node_modules/vitest/vitest.mjs',
    'run',
    '--reporter=default',
    '--reporter=json',
    `--outputFile.json=${report}`,
    ...process.argv.slice(2),
  ],
};

await orExplain(() => setUp(testPrograms));
await prepareMinio();
const failedChecks = await runSteps(checks, root);
const failedTests = await runSteps([tests], root);

const counts = countTests(existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : undefined);
// vitest can fail beside its tests (an error after the last one): that is a failure too.
const failedBeside = failedTests.length > 0 && counts.failed === 0 ? 1 : 0;
const passed = counts.passed + checks.length - failedChecks.length;
const failed = counts.failed + failedBeside + failedChecks.length;
writeFileSync(summary, JSON.stringify({ passed, failed }));
const skipped = counts.skipped === 0 ? '' : `, ${counts.skipped} skipped`;
process.stdout.write(
  failed === 0
    ? `\nAll is well: ${checks.length} checks and ${counts.passed} tests passed${skipped}.\n`
    : `\nNot well: ${[...failedChecks, ...failedTests].join(', ')} failed; ${counts.passed} tests passed, ${counts.failed + failedBeside} failed${skipped}.\n`,
);
process.exitCode = failed === 0 ? 0 : 1;

/** Builds the S3 tests' server before any of them waits for it; where it cannot be had, they say what was not tested. */
async function prepareMinio() {
  const exitCode = await runProgram(process.execPath, ['dist/fixtures/prepare-minio.js'], { cwd: root });
  if (exitCode !== 0) say('the S3 side of object storage will NOT be tested here; the reason is above.');
}
