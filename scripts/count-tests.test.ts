import { expect, test } from 'vitest';
import { countTests } from '#scripts/count-tests.mjs';

const base = { numPassedTests: 7, numFailedTests: 0, testResults: [] };

test('counts passed and failed tests', () => {
  const file = { status: 'failed', assertionResults: [{ status: 'failed' }, { status: 'passed' }] };
  const report = { ...base, numFailedTests: 1, testResults: [file] };
  expect(countTests(report)).toEqual({ passed: 7, failed: 1, skipped: 0 });
});

test('counts a file that does not load as a failure', () => {
  const report = { ...base, testResults: [{ status: 'failed', assertionResults: [] }] };
  expect(countTests(report)).toEqual({ passed: 7, failed: 1, skipped: 0 });
});

test('counts a missing report as a failure', () => {
  expect(countTests(undefined)).toEqual({ passed: 0, failed: 1, skipped: 0 });
});

test('counts skipped tests', () => {
  expect(countTests({ ...base, numPendingTests: 2, numTodoTests: 1 }).skipped).toBe(3);
});
