import { randomUUID } from 'node:crypto';
import { OpenAPIHono } from '@hono/zod-openapi';
import { routePath } from 'hono/route';
import { createProbeResponse } from '#core/http/answer-probe.js';
import { probePaths } from '#core/runtime/probes.js';
import { ProblemError, toProblem } from '#core/runtime/problem.js';
import { withDeadline } from '#core/runtime/with-deadline.js';
import { answerProgressEvents } from '#core/titles/event-streams.js';
import { addReportRoutes } from '#encoder/api/add-report-routes.js';
import { addTitleRoutes } from '#encoder/api/add-title-routes.js';
import { addUploadRoutes, answerTusClients } from '#encoder/api/add-upload-routes.js';
import { type ApiEnvironment, type ApiParts, requireTitle } from '#encoder/api/api-parts.js';
import { authenticate } from '#encoder/api/authenticate.js';
import { describeApi } from '#encoder/api/describe-api.js';
import { invalidRequest, toProblemError } from '#encoder/api/problem-responses.js';
import { uploadsPath } from '#encoder/uploads/upload-server.js';

/** Longer than a body may take to arrive, shorter than the half minute after which proxies give up. */
const maxAnswerMs = 15_000;

const REQUEST_ID = /^[A-Za-z0-9._-]{8,64}$/;

/** Creates the app with every route of the API. Opens no socket: the caller listens. */
export function createApi(parts: ApiParts): OpenAPIHono<ApiEnvironment> {
  const app = new OpenAPIHono<ApiEnvironment>({
    defaultHook: (result) => {
      if (!result.success) throw invalidRequest(result.error.issues);
    },
  });
  app.use(async (context, next) => {
    const given = context.req.header('x-request-id') ?? '';
    const requestId = REQUEST_ID.test(given) ? given : randomUUID();
    context.set('requestId', requestId);
    await next();
    context.res.headers.set('x-request-id', requestId);
    context.res.headers.set('x-content-type-options', 'nosniff');
    const { method } = context.req;
    parts.metrics.requests.inc({ method, route: routePath(context, -1), status: context.res.status });
  });
  for (const path of probePaths)
    app.get(path, (context) => createProbeResponse(parts.probes, path, context.req.header('authorization')));
  // Every call to a back end has a deadline of its own; this one bounds their sum. Uploads have none.
  app.use('/v1/titles/*', (_context, next) => withDeadline('the request', maxAnswerMs, next()));
  app.use(`${uploadsPath}/*`, ...answerTusClients(parts));
  app.use('/v1/*', authenticate(parts.keys));
  addTitleRoutes(app, parts);
  addReportRoutes(app, parts);
  addEventsRoute(app, parts);
  addUploadRoutes(app, parts);
  describeApi(app);
  app.notFound((context) => answerProblem(parts, notFound(), context.get('requestId')));
  app.onError((error, context) => {
    const known = toProblemError(error, parts.redis.status === 'ready');
    return answerProblem(parts, known, context.get('requestId'));
  });
  return app;
}

function addEventsRoute(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  app.get('/v1/titles/:titleId/events', async (context) => {
    const record = await requireTitle(parts, context.req.param('titleId'));
    return answerProgressEvents(context, parts.streams, await parts.progress.eventOf(record));
  });
}

/** The only code that turns errors into responses. */
function answerProblem(parts: ApiParts, error: unknown, requestId: string): Response {
  const { status, headers, body } = toProblem(error, requestId);
  const line = { requestId, status, err: status >= 500 ? error : undefined };
  const message = error instanceof Error ? error.message : 'unknown error';
  parts.log[status >= 500 ? 'error' : 'debug'](line, message);
  return new Response(body, { status, headers: { ...headers, 'x-request-id': requestId } });
}

function notFound(): ProblemError {
  return new ProblemError(
    404,
    'unknown-address',
    'There is nothing at this address. See /openapi.json for the API.',
  );
}
