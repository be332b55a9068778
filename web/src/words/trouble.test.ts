import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readProblem, troubleOfAnswer, troubleOfSilence } from '#web/words/trouble.js';

const document = (fields: Record<string, unknown>): string => JSON.stringify(fields);

describe('readProblem', () => {
  it('reads kind, detail and request id', () => {
    const body = document({
      type: 'urn:millrace:problem:no-edge',
      title: 'Not available now',
      status: 503,
      detail: 'No edge is alive.',
      requestId: 'r-1',
    });
    expect(readProblem(body, 503)).toEqual({
      kind: 'no-edge',
      status: 503,
      detail: 'No edge is alive.',
      requestId: 'r-1',
    });
  });

  it.each([
    ['a foreign type', document({ type: 'https://example.org/x', detail: 'No.' }), 'http-404'],
    ['no type', document({ title: 'Not found' }), 'http-404'],
  ])('falls back to the status for %s', (_, body, kind) => {
    expect(readProblem(body, 404)?.kind).toBe(kind);
  });

  it.each(['', 'null', '[]', '42', '<html>504</html>', '{"detail":7}', '{}'])('reads none in %j', (body) => {
    expect(readProblem(body, 500)).toBeUndefined();
  });

  it('never throws, whatever the body', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json()), (body) => {
        expect(() => readProblem(body, 500)).not.toThrow();
      }),
    );
  });
});

describe('troubleOfAnswer', () => {
  it.each([
    [404, 'There is no such title', false],
    [409, 'This title cannot play yet', true],
    [410, 'This title has been deleted', false],
    [503, 'The service is not available', true],
    [500, 'The server has a problem', true],
    [418, 'The request failed', false],
  ])('gives status %d a heading and says whether to try again', (status, heading, retryable) => {
    const trouble = troubleOfAnswer(status, '');
    expect(trouble).toMatchObject({ heading, retryable, code: `http-${status}` });
    expect(trouble.sentence.length).toBeGreaterThan(10);
  });

  it('shows the sentence of the problem document if there is one', () => {
    const body = document({
      type: 'urn:millrace:problem:not-playable',
      detail: 'It is still being analysed.',
    });
    expect(troubleOfAnswer(409, body)).toMatchObject({
      sentence: 'It is still being analysed.',
      code: 'not-playable',
    });
  });

  it('offers to try again when nothing answers', () => {
    expect(troubleOfSilence().retryable).toBe(true);
  });
});
