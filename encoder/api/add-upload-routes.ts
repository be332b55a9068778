import type { OpenAPIHono } from '@hono/zod-openapi';
import type { MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import { ProblemError } from '#core/runtime/problem.js';
import { type ApiEnvironment, type ApiParts, requireQueue } from '#encoder/api/api-parts.js';
import { tusVersion } from '#encoder/uploads/check-upload-headers.js';
import { uploadsPath } from '#encoder/uploads/upload-server.js';

const uploadMethods = ['HEAD', 'POST', 'PATCH', 'DELETE'];
const requestHeaders = [
  ...['Authorization', 'Content-Type', 'X-Request-Id', 'Tus-Resumable'],
  ...['Upload-Length', 'Upload-Offset', 'Upload-Metadata', 'Upload-Checksum'],
];
const responseHeaders = [
  ...['Location', 'Retry-After', 'X-Request-Id'],
  ...['Tus-Resumable', 'Tus-Version', 'Tus-Extension', 'Tus-Max-Size', 'Tus-Checksum-Algorithm'],
  ...['Upload-Length', 'Upload-Offset', 'Upload-Metadata', 'Upload-Expires'],
];
const preflightLifeSeconds = 3600;

/** What a tus client and a browser need of every response, whether the request has a valid key or not. */
export function answerTusClients(parts: Pick<ApiParts, 'uploads' | 'uploadOrigins'>): MiddlewareHandler[] {
  return [
    addTusHeaders(parts),
    keepUploadsResumable,
    // Answers OPTIONS itself: browsers send it without a key.
    cors({
      origin: parts.uploadOrigins.includes('*') ? '*' : [...parts.uploadOrigins],
      allowMethods: uploadMethods,
      allowHeaders: requestHeaders,
      exposeHeaders: responseHeaders,
      maxAge: preflightLifeSeconds,
    }),
  ];
}

/**
 * "The Tus-Resumable header MUST be included in every request and response except for OPTIONS requests" (tus
 * 1.0.0), refusals included.
 */
function addTusHeaders({ uploads }: Pick<ApiParts, 'uploads'>): MiddlewareHandler {
  return async (context, next) => {
    await next();
    const headers = context.req.method === 'OPTIONS' ? uploads.capabilities : { 'Tus-Resumable': tusVersion };
    for (const [name, value] of Object.entries(headers)) context.res.headers.set(name, value);
  };
}

/**
 * Answers HEAD with 423 instead of a server error: after 423 tus-js-client, and clients that copy it, ask
 * again later; after a 5xx they begin a new upload at byte 0, which an outage does not call for.
 */
const keepUploadsResumable: MiddlewareHandler = async (context, next) => {
  await next();
  if (context.req.method === 'HEAD' && context.res.status >= 500)
    context.res = new Response(null, { status: 423 });
};

export function addUploadRoutes(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  // Hono routes HEAD requests as GET.
  const methods = ['GET', 'POST', 'PATCH', 'DELETE'];
  app.on(methods, [uploadsPath, `${uploadsPath}/:uploadId`], async (context) => {
    const { method } = context.req;
    if (method === 'GET') {
      throw new ProblemError(405, 'method', 'An upload cannot be read back.', {
        headers: { allow: ['OPTIONS', ...uploadMethods].join(', ') },
      });
    }
    if (method !== 'HEAD') await requireQueue(parts.redis);
    return parts.uploads.answer(context.req.raw);
  });
}
