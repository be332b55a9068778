import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { acceptsGzip } from '#core/http/accepts-gzip.js';
import { isUnchanged } from '#core/http/is-unchanged.js';
import { type ByteSpan, requestedRange } from '#core/http/requested-range.js';
import { type CachedObject, isPlaylist } from '#edge/cache/cached-object.js';
import { type Fill, FillError, type FillHeaders } from '#edge/cache/fill.js';
import type { Lookup } from '#edge/cache/object-cache.js';
import { sendRefusal } from '#edge/respond/send-refusal.js';

export type Outcome = 'hit' | 'miss' | 'collapsed' | 'negative' | 'error';

/** Headers that every media answer has. */
export const commonHeaders: OutgoingHttpHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Cache-Status, Content-Length, Content-Range, Date, ETag',
  'timing-allow-origin': '*',
  'x-content-type-options': 'nosniff',
};

/** Pieces written to a client of a running fill: fewer, larger writes cost less (edge.md). */
const pieceBytes = 256 * 1024;

/** RFC 9211. */
function cacheStatus(edgeId: string, outcome: 'hit' | 'miss' | 'collapsed'): string {
  if (outcome === 'hit') return `${edgeId}; hit`;
  return outcome === 'miss' ? `${edgeId}; fwd=miss; stored` : `${edgeId}; fwd=miss; collapsed; stored`;
}

/** Answers GET and HEAD for one object. Resolves to what became of it when the answer is under way. */
export async function serveMedia(
  request: IncomingMessage,
  response: ServerResponse,
  edgeId: string,
  lookup: Lookup,
): Promise<Outcome> {
  switch (lookup.outcome) {
    case 'hit':
      serveObject(request, response, lookup.object, cacheStatus(edgeId, 'hit'));
      return 'hit';
    case 'negative':
      refuse(request, response, lookup.refusal, `${edgeId}; hit; detail=negative`);
      return 'negative';
    default:
      return serveFill(request, response, lookup.fill, edgeId, lookup.outcome);
  }
}

function refuse(
  request: IncomingMessage,
  response: ServerResponse,
  refusal: { status: number; retryAfter: string | undefined },
  status: string,
): void {
  sendRefusal(request, response, refusal.status, detailOf(refusal.status), {
    ...commonHeaders,
    'cache-status': status,
    'cache-control': refusal.status === 404 ? 'max-age=2' : 'no-store',
    ...(refusal.retryAfter === undefined ? {} : { 'retry-after': refusal.retryAfter }),
  });
}

function detailOf(status: number): string {
  if (status === 404) return 'There is no such file in this publication.';
  if (status === 410) return 'This title is gone.';
  if (status === 503) return 'This part of the title is still being encoded. Try again in a moment.';
  return 'The origin could not serve this file.';
}

function serveObject(
  request: IncomingMessage,
  response: ServerResponse,
  object: CachedObject,
  status: string,
): void {
  const age = Math.max(0, Math.floor((Date.now() - object.storedAt) / 1000));
  // Ranges are of the uncompressed bytes.
  const gzipBody =
    request.headers.range === undefined && acceptsGzip(request.headers['accept-encoding'])
      ? object.gzipBody
      : undefined;
  // Another representation has another validator (RFC 9110 8.8.3).
  const etag = gzipBody ? gzipTag(object.etag) : object.etag;
  const headers: OutgoingHttpHeaders = {
    ...commonHeaders,
    ...describe({ ...object, etag }),
    age: String(age),
    'cache-status': status,
  };
  if (isUnchanged(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  if (gzipBody) {
    headers['content-encoding'] = 'gzip';
    sendWhole(request, response, headers, gzipBody);
    return;
  }
  const range = requestedRange(request.headers, etag, object.body.length);
  if (range === 'unsatisfiable') sendUnsatisfiable(request, response, headers, object.body.length);
  else if (range === 'whole') sendWhole(request, response, headers, object.body);
  else {
    response.writeHead(206, { ...headers, ...describeRange(range, object.body.length) });
    response.end(request.method === 'HEAD' ? undefined : object.body.subarray(range.first, range.last + 1));
  }
}

const gzipTag = (etag: string): string => etag.replace(/"$/, '-gzip"');

function describe(object: Pick<CachedObject, 'contentType' | 'etag' | 'cacheControl'>): OutgoingHttpHeaders {
  return {
    'content-type': object.contentType,
    'cache-control': object.cacheControl,
    etag: object.etag,
    'accept-ranges': 'bytes',
    ...(isPlaylist(object.contentType) ? { vary: 'Accept-Encoding' } : {}),
  };
}

function describeRange({ first, last }: ByteSpan, totalBytes: number): OutgoingHttpHeaders {
  return { 'content-length': last - first + 1, 'content-range': `bytes ${first}-${last}/${totalBytes}` };
}

function sendWhole(
  request: IncomingMessage,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  body: Buffer,
): void {
  headers['content-length'] = body.length;
  response.writeHead(200, headers);
  response.end(request.method === 'HEAD' ? undefined : body);
}

function sendUnsatisfiable(
  request: IncomingMessage,
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  bytes: number,
): void {
  sendRefusal(
    request,
    response,
    416,
    `The file has ${bytes} bytes; the range asked for begins behind them.`,
    {
      ...commonHeaders,
      'cache-status': headers['cache-status'],
      'content-range': `bytes */${bytes}`,
    },
  );
}

async function serveFill(
  request: IncomingMessage,
  response: ServerResponse,
  fill: Fill,
  edgeId: string,
  outcome: 'miss' | 'collapsed',
): Promise<Outcome> {
  let described: FillHeaders;
  try {
    described = await fill.headers;
    if (isPlaylist(described.contentType)) {
      // A few kilobytes: whole and compressed is sooner there than in pieces.
      serveObject(request, response, await fill.whole, cacheStatus(edgeId, outcome));
      return outcome;
    }
  } catch (error) {
    refuseFill(request, response, error, edgeId);
    return error instanceof FillError && error.refusal?.status === 404 ? outcome : 'error';
  }
  const headers = { ...commonHeaders, ...describe(described), 'cache-status': cacheStatus(edgeId, outcome) };
  if (isUnchanged(request.headers['if-none-match'], described.etag)) {
    response.writeHead(304, headers).end();
    return outcome;
  }
  const range = requestedRange(request.headers, described.etag, described.bytes);
  if (range === 'unsatisfiable') {
    sendUnsatisfiable(request, response, headers, described.bytes);
    return outcome;
  }
  if (range === 'whole') response.writeHead(200, { ...headers, 'content-length': described.bytes });
  else response.writeHead(206, { ...headers, ...describeRange(range, described.bytes) });
  const { first, last } = range === 'whole' ? { first: 0, last: described.bytes - 1 } : range;
  if (request.method === 'HEAD') response.end();
  else await streamFill(response, fill, first, last + 1);
  return outcome;
}

function refuseFill(
  request: IncomingMessage,
  response: ServerResponse,
  error: unknown,
  edgeId: string,
): void {
  const failure = error instanceof FillError ? error : undefined;
  const status = failure?.refusal?.status ?? (failure?.code === 'timeout' ? 504 : 502);
  refuse(request, response, { status, retryAfter: failure?.refusal?.retryAfter }, `${edgeId}; fwd=miss`);
}

/**
 * Sends a growing object from `first` to before `end`, as fast as it comes and the client takes it. A fill that breaks
 * destroys the connection: a clean end would pass a cut file off as a whole one.
 */
async function streamFill(response: ServerResponse, fill: Fill, first: number, end: number): Promise<void> {
  try {
    for (let offset = first; offset < end && !response.destroyed; ) {
      const bytes = await fill.read(offset, Math.min(end, offset + pieceBytes));
      offset += bytes.length;
      if (!response.write(bytes)) await drained(response);
    }
    response.end();
  } catch {
    response.destroy();
  }
}

async function drained(response: ServerResponse): Promise<void> {
  await new Promise<void>((resolve) => {
    const done = (): void => {
      response.off('drain', done);
      response.off('close', done);
      resolve();
    };
    response.on('drain', done);
    response.on('close', done);
  });
}
