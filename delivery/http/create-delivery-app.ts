import { randomUUID } from 'node:crypto';
import { Hono } from 'hono';
import { createProbeResponse } from '#core/http/answer-probe.js';
import { storageProblem } from '#core/http/send-problem.js';
import { probePaths } from '#core/runtime/probes.js';
import { ProblemError, toProblem } from '#core/runtime/problem.js';
import { ObjectStoreError } from '#core/storage/object-store.js';
import { answerExplain } from '#delivery/http/answer-explain.js';
import { answerPage, answerPageFile } from '#delivery/http/answer-page.js';
import { openToAllSites } from '#delivery/http/answer-personal.js';
import { answerPlay } from '#delivery/http/answer-play.js';
import { answerSteering } from '#delivery/http/answer-steering.js';
import { answerTitle, answerTitleEvents, answerTitles } from '#delivery/http/answer-titles.js';
import type { DeliveryContext, DeliveryEnvironment } from '#delivery/http/delivery-context.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';

const preflightHeaders = {
  ...openToAllSites,
  'access-control-allow-methods': 'GET, HEAD',
  'access-control-allow-headers': 'CMCD-Object, CMCD-Request, CMCD-Session, CMCD-Status, Range',
  'access-control-max-age': '86400',
} as const;

/** Creates the application with every route of the service. The caller listens. */
export function createDeliveryApp(parts: DeliveryParts): Hono<DeliveryEnvironment> {
  const app = new Hono<DeliveryEnvironment>();
  app.get('/play/:file{.+\\.m3u8}', (context) => answerPlay(parts, context));
  app.get('/steering/:token/:publicationId/:edgeIds', (context) => answerSteering(parts, context));
  app.get('/explain/:titleId', (context) => answerExplain(parts, context));
  app.get('/titles', (context) => answerTitles(parts, context));
  app.get('/titles/:titleId', (context) => answerTitle(parts, context));
  app.get('/titles/:titleId/events', (context) => answerTitleEvents(parts, context));
  for (const path of probePaths)
    app.get(path, (context) => createProbeResponse(parts.probes, path, context.req.header('authorization')));
  app.get('/', (context) => answerPage(parts, context));
  app.get('/watch/:titleId', (context) => answerPage(parts, context));
  app.options('*', (context) => context.body(null, 204, preflightHeaders));
  // No middleware and no catch-all route: Hono calls a single handler of a path directly, without a chain.
  app.notFound((context) => answerUnrouted(parts, context));
  app.onError((error, context) => answerProblem(parts, error, context.req.path));
  return app;
}

function answerUnrouted(parts: DeliveryParts, context: DeliveryContext): Response | Promise<Response> {
  const { method } = context.req;
  if (method === 'GET' || method === 'HEAD') return answerPageFile(parts, context);
  throw new ProblemError(405, 'method', `Method ${method} is not allowed. Use GET, HEAD or OPTIONS.`, {
    headers: { allow: 'GET, HEAD, OPTIONS' },
  });
}

/** Turns every error of the service into an answer. */
function answerProblem(parts: DeliveryParts, error: Error, path: string): Response {
  const requestId = randomUUID();
  const known = error instanceof ObjectStoreError ? storageProblem(error) : error;
  const { status, headers, body } = toProblem(known, requestId);
  if (path.startsWith('/play/'))
    parts.metrics.plays.inc({ result: known instanceof ProblemError ? known.kind : 'internal' });
  // The path may contain a token, so only its start is logged.
  const line = { requestId, status, path: path.slice(0, 80), err: status >= 500 ? error : undefined };
  parts.log[status >= 500 ? 'error' : 'debug'](line, error.message);
  return new Response(body, {
    status,
    headers: {
      ...openToAllSites,
      ...headers,
      'x-request-id': requestId,
      'x-content-type-options': 'nosniff',
    },
  });
}
