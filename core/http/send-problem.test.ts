import { expect, test } from 'vitest';
import { storageProblem } from '#core/http/send-problem.js';
import { ObjectStoreError, type ObjectStoreErrorCode } from '#core/storage/object-store.js';

test.each<[ObjectStoreErrorCode, string, string]>([
  ['no_space', 'no-space', '60'],
  ['unavailable', 'storage-away', '2'],
  ['checksum_mismatch', 'storage-away', '2'],
  ['not_found', 'storage-away', '2'],
  ['precondition_failed', 'storage-away', '2'],
])('%s is answered as %s', (code, kind, retryAfter) => {
  const cause = new ObjectStoreError(code, 'titles/x.json', 'object titles/x.json');
  const problem = storageProblem(cause);
  expect([problem.status, problem.kind, problem.options.headers]).toEqual([
    503,
    kind,
    { 'retry-after': retryAfter },
  ]);
  expect(problem.cause).toBe(cause);
});
