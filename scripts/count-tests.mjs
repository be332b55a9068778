/**
 * The part of vitest's JSON report that is counted.
 * @typedef {{ numPassedTests: number, numFailedTests: number, numPendingTests?: number, numTodoTests?: number,
 *   testResults: { status: string, assertionResults: { status: string }[] }[] }} VitestReport
 * @typedef {{ passed: number, failed: number, skipped: number }} Counts
 */

/**
 * Tests by outcome. A file that failed without a failed test in it (it did not load) counts as one failure; no report at
 * all, as one too.
 * @param {VitestReport | undefined} report
 * @returns {Counts}
 */
export function countTests(report) {
  if (!report) return { passed: 0, failed: 1, skipped: 0 };
  const unloaded = report.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && !assertionResults.some((assertion) => assertion.status === 'failed'),
  );
  return {
    passed: report.numPassedTests,
    failed: report.numFailedTests + unloaded.length,
    skipped: (report.numPendingTests ?? 0) + (report.numTodoTests ?? 0),
  };
}
