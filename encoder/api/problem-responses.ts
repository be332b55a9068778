import { z } from '@hono/zod-openapi';
import { problemContentType } from '#core/runtime/problem.js';

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
  409: 'The title is not ready',
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
