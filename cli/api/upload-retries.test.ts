import { DetailedError, type HttpRequest, type HttpResponse } from 'tus-js-client';
import { expect, test } from 'vitest';
import { requireOffset, UploadRetries } from '#cli/api/upload-retries.js';

const request = (method: string) => ({ getMethod: () => method }) as HttpRequest;
const answer = (status: number, body = '', retryAfter?: string) =>
  ({ getStatus: () => status, getBody: () => body, getHeader: () => retryAfter }) as unknown as HttpResponse;
const refused = (status: number, body?: string, retryAfter?: string) =>
  Object.assign(new DetailedError('refused'), { originalResponse: answer(status, body, retryAfter) });
const broken = (code: string) =>
  Object.assign(new DetailedError('broken'), { causingError: Object.assign(new Error(code), { code }) });

/** Attempts until it gives up, at most 200. */
function attemptsAt(error: Error, isCreated: boolean): number {
  const retries = new UploadRetries(() => undefined);
  let attempt = 0;
  while (attempt < 200 && attempt < retries.pausesMs.length && retries.shouldRetry(error, attempt, isCreated))
    attempt += 1;
  return attempt;
}

test.each([
  ['storage is away', refused(503), 200],
  ['a proxy has no encoder', refused(502), 200],
  ['another request holds the lock', refused(423), 200],
  ['the offset has changed', refused(409), 200],
  ['the connection broke', broken('ECONNRESET'), 200],
  ['the encoder is away', broken('ECONNREFUSED'), 200],
  ['the encoder has a fault', refused(500), 7],
  ['the key is refused', refused(401), 0],
  ['the upload was deleted', refused(410), 0],
  ['the file cannot be read', broken('EIO'), 0],
])('when %s', (_case, error, attempts) => {
  expect(attemptsAt(error, true)).toBe(attempts);
});

test('gives up on an encoder that has never answered', () => {
  expect(attemptsAt(broken('ECONNREFUSED'), false)).toBe(7);
});

test('pauses grow up to a limit, and obey Retry-After', () => {
  const retries = new UploadRetries(() => undefined);
  for (let attempt = 0; attempt < 40; attempt += 1) retries.shouldRetry(refused(503), attempt, true);
  expect(retries.pausesMs[0]).toBeLessThanOrEqual(250);
  expect(Math.min(...retries.pausesMs.slice(10))).toBeGreaterThanOrEqual(7_500);
  expect(Math.max(...retries.pausesMs)).toBeLessThanOrEqual(10_000);
  retries.shouldRetry(refused(503, '', '30'), 0, true);
  expect(retries.pausesMs[0]).toBe(30_000);
});

test('keeps the reason that the encoder stated, since answers to HEAD state none', () => {
  const reasons: string[] = [];
  const retries = new UploadRetries(({ reason }) => reasons.push(reason));
  const body = JSON.stringify({ detail: 'The storage does not answer. Try again in a few seconds.' });
  for (const [attempt, error] of [refused(503, body), refused(423), broken('ECONNREFUSED')].entries())
    retries.shouldRetry(error, attempt, true);
  retries.shouldRetry(broken('ECONNREFUSED'), 0, true);
  expect(reasons).toEqual([
    'the storage does not answer',
    'the storage does not answer',
    'the storage does not answer',
    'the encoder does not answer (ECONNREFUSED)',
  ]);
});

test.each([200, 404, 410])('an answer of %d to HEAD says where the upload is', (status) => {
  expect(() => requireOffset(request('HEAD'), answer(status))).not.toThrow();
});

test.each([401, 423, 429, 500, 503])('an answer of %d to HEAD does not', (status) => {
  expect(() => requireOffset(request('HEAD'), answer(status))).toThrow(`HTTP ${status}`);
});
