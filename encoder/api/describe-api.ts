import type { OpenAPIHono } from '@hono/zod-openapi';
import type { ApiEnvironment } from '#encoder/api/api-parts.js';
import { problemResponses } from '#encoder/api/problem-responses.js';
import { uploadsPath } from '#encoder/uploads/upload-server.js';

const titleIdParameter = {
  name: 'titleId',
  in: 'path',
  required: true,
  schema: { type: 'string' },
} as const;
const security = [{ apiKey: [] }];
const tusHeaders = 'Headers and responses are those of the tus resumable upload protocol 1.0.0.';

/** Serves `/openapi.json` and adds the streaming routes, which have no schema. */
export function describeApi(app: OpenAPIHono<ApiEnvironment>): void {
  const registry = app.openAPIRegistry;
  registry.registerComponent('securitySchemes', 'apiKey', { type: 'http', scheme: 'bearer' });
  registry.registerPath({
    method: 'get',
    path: '/v1/titles/{titleId}/events',
    summary: 'Progress as server-sent events',
    description:
      'Each event is named `progress`; the stream ends after the title is ready, failed or deleted.',
    security,
    parameters: [titleIdParameter],
    responses: {
      200: {
        description: 'The event stream',
        content: { 'text/event-stream': { schema: { type: 'string' } } },
      },
      ...problemResponses(401, 403, 404, 503),
    },
  });
  registry.registerPath({
    method: 'post',
    path: uploadsPath,
    summary: 'Create a title and its upload',
    description: `${tusHeaders} Upload-Metadata: filename, name, settings (JSON).`,
    security,
    responses: { 201: { description: 'Created' }, ...problemResponses(400, 401, 403, 413, 415, 503) },
  });
  for (const method of ['head', 'patch', 'delete'] as const) {
    registry.registerPath({
      method,
      path: `${uploadsPath}/{titleId}`,
      summary: { head: 'Offset of an upload', patch: 'Send bytes', delete: 'Delete an upload' }[method],
      description: tusHeaders,
      security,
      parameters: [titleIdParameter],
      responses: {
        [method === 'head' ? 200 : 204]: { description: 'Done' },
        ...problemResponses(400, 401, 403, 404, 408, 413, 415, 503),
      },
    });
  }
  app.doc31('/openapi.json', {
    openapi: '3.1.0',
    info: {
      title: 'Millrace encoder',
      version: '1',
      description: 'Upload videos, follow their encoding and manage the catalogue.',
    },
  });
}
