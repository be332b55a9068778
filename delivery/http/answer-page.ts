import { acceptsGzip } from '#core/http/accepts-gzip.js';
import { isUnchanged } from '#core/http/is-unchanged.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { DeliveryContext } from '#delivery/http/delivery-context.js';
import type { DeliveryParts } from '#delivery/http/delivery-parts.js';
import { contentSecurityPolicy } from '#delivery/pages/content-security-policy.js';
import type { WebFile } from '#delivery/pages/web-pages.js';

/** Answers `/` and `/watch/{titleId}` with the same page, which reads its own address. */
export async function answerPage(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const page = await parts.pages.find('/index.html');
  if (!page) {
    throw new ProblemError(
      404,
      'pages-not-built',
      'This server has no web pages. Build them with "npm run build".',
    );
  }
  return answerFile(context, page, {
    'cache-control': 'no-cache',
    'content-security-policy': contentSecurityPolicy([
      // Steering addresses are absolute. A page opened under another name of this host must reach them too.
      parts.publicUrl,
      ...parts.edges.edges.map((edge) => edge.publicUrl),
    ]),
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  });
}

/** Answers with another file of the pages. Files below `/assets/` have content hashes and never change. */
export async function answerPageFile(parts: DeliveryParts, context: DeliveryContext): Promise<Response> {
  const { path } = context.req;
  const file = path === '/index.html' ? undefined : await parts.pages.find(path);
  if (!file) throw new ProblemError(404, 'not-found', 'Nothing is published at this address.');
  const isHashed = path.startsWith('/assets/');
  return answerFile(context, file, {
    'cache-control': isHashed ? 'public, max-age=31536000, immutable' : 'no-cache',
    'content-security-policy': "default-src 'none'",
  });
}

function answerFile(context: DeliveryContext, file: WebFile, headers: Record<string, string>): Response {
  const common = {
    'content-type': file.contentType,
    'x-content-type-options': 'nosniff',
    vary: 'Accept-Encoding',
    etag: file.etag,
    ...headers,
  };
  if (isUnchanged(context.req.header('if-none-match'), file.etag)) return context.body(null, 304, common);
  if (file.gzipped && acceptsGzip(context.req.header('accept-encoding')))
    return context.body(file.gzipped, 200, { ...common, 'content-encoding': 'gzip' });
  return context.body(file.body, 200, common);
}
