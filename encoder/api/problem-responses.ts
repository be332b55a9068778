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
  401: 'No API key, or one that is not known',
  403: 'The API key may not do this',
  404: 'There is no such title',
  409: 'The title is not ready',
  413: 'Too large',
  415: 'Another content type, or a compressed body',
  422: 'The ladder asked for cannot be encoded (`errors` names everything), or the Idempotency-Key was used with another body',
  500: 'It could not be made; the detail says why',
  503: 'Not available now; Retry-After says when to try again',
};

/** Response entries of a route for the problems it can answer with. */
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
