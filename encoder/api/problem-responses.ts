import { z } from '@hono/zod-openapi';
import { storageProblem } from '#core/http/send-problem.js';
import { isOutage, isRedisOutage } from '#core/runtime/is-outage.js';
import { ProblemError, problemContentType } from '#core/runtime/problem.js';
import { JsonDocumentError } from '#core/storage/json-document.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { storageFull } from '#encoder/uploads/disk-reserve.js';

const retrySoon = { 'retry-after': '2' };

/**
 * Turns errors of storage, disks and Redis into problems; returns any other error unchanged. `redisReady`
 * says whether Redis was connected: without a connection an unknown error counts as one of Redis, because its
 * client has no class for them.
 */
export function toProblemError(error: unknown, redisReady: boolean): unknown {
  if (error instanceof ProblemError) return error;
  if (error instanceof ObjectStoreError) return storageProblem(error);
  if (error instanceof JsonDocumentError)
    return new ProblemError(500, 'damaged-document', `Storage holds a damaged document: ${error.message}.`, {
      cause: error,
    });
  const { code } = Object(error) as NodeJS.ErrnoException;
  if (code === 'ENOSPC' || code === 'EDQUOT') return storageFull('The disk is full.', error);
  const isReply = error instanceof Error && error.name === 'ReplyError';
  if (!redisReady || isReply || isRedisOutage(error)) return queueUnavailable(error);
  return isOutage(error) ? backEndAway(error) : error;
}

function backEndAway(cause: unknown): ProblemError {
  return new ProblemError(
    503,
    'back-end-away',
    'The storage or the task queue does not answer. Try again in a few seconds.',
    { headers: retrySoon, cause },
  );
}

export function queueUnavailable(cause: unknown): ProblemError {
  return new ProblemError(
    503,
    'queue-away',
    'The task queue does not answer, so nothing can be changed now. Try again in a few seconds.',
    { headers: retrySoon, cause },
  );
}

/** The part of a zod issue that is shown. */
export interface InvalidField {
  path: readonly PropertyKey[];
  message: string;
}

/** A 400 problem that lists every issue with its field. */
export function invalidRequest(issues: readonly InvalidField[]): ProblemError {
  const errors = issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
  const text = errors
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ');
  return new ProblemError(400, 'invalid-request', text, { fields: { errors } });
}

const problemSchema = z
  .object({
    type: z.string().openapi({ example: 'urn:millrace:problem:unknown-title' }),
    title: z.string(),
    status: z.number().int(),
    detail: z.string(),
    requestId: z.string(),
  })
  .openapi('Problem', { description: 'RFC 9457' });

const descriptions: Record<number, string> = {
  400: 'The request is malformed',
  401: 'The API key is missing or unknown',
  403: 'The scopes of the API key are too small',
  404: 'There is no such title',
  408: 'The body arrives too slowly',
  409: 'The title is not ready, or its record is damaged',
  413: 'The body or the source is too large',
  415: 'The content type is not supported, or the body is compressed',
  422: 'The ladder cannot be encoded (`errors` says why), or the Idempotency-Key was used with another body',
  500: 'The report failed; `detail` says why',
  503: 'Temporarily unavailable; Retry-After says when to try again',
};

/** OpenAPI entries for the problems that a route can answer with. */
export function problemResponses(...statuses: number[]) {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: descriptions[status] ?? 'Problem',
        content: { [problemContentType]: { schema: problemSchema } },
      },
    ]),
  );
}
