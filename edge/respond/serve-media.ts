import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { acceptsGzip } from '#core/http/accepts-gzip.js';
import { isUnchanged } from '#core/http/is-unchanged.js';
import { sendBuffer, writePiece } from '#core/http/measured-response.js';
import { type ByteSpan, requestedRange } from '#core/http/requested-range.js';
import { type CachedObject, isPlaylist } from '#edge/cache/cached-object.js';
import { type Fill, FillError } from '#edge/cache/fill.js';
import type { Lookup } from '#edge/cache/object-cache.js';
import { sendRefusal } from '#edge/respond/send-refusal.js';

export type Outcome = 'hit' | 'miss' | 'collapsed' | 'negative' | 'error';

/** Headers of every media response, refusals included. */
export const commonHeaders: OutgoingHttpHeaders = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'Cache-Status, Content-Length, Content-Range, Date, ETag',
  'timing-allow-origin': '*',
  'x-content-type-options': 'nosniff',
};

/** Largest write to a client of a running fill: few large writes cost less than many small ones. */
const pieceBytes = 256 * 1024;

/** RFC 9211. */
function cacheStatus(edgeId: string, outcome: 'hit' | 'miss' | 'collapsed'): string {
  if (outcome === 'hit') return `${edgeId}; hit`;
  return outcome === 'miss' ? `${edgeId}; fwd=miss; stored` : `${edgeId}; fwd=miss; collapsed; stored`;
}

/**
 * Answers GET or HEAD for one object. Resolves to the outcome when the response is handed over or has failed.
 */
export async function serveMedia(
  request: IncomingMessage,
  response: ServerResponse,
  edgeId: string,
  lookup: Lookup,
): Promise<Outcome> {
  switch (lookup.outcome) {
    case 'hit':
      await serveObject(request, response, lookup.object, cacheStatus(edgeId, 'hit'));
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

async function serveObject(
  request: IncomingMessage,
  response: ServerResponse,
  object: CachedObject,
  status: string,
): Promise<void> {
  // A range applies to the uncompressed bytes.
  const isGzipWanted = request.headers.range === undefined && acceptsGzip(request.headers['accept-encoding']);
  const gzipBody = isGzipWanted ? object.gzipBody : undefined;
  const body = gzipBody ?? object.body;
  // RFC 9110 8.8.3: the compressed representation needs a validator of its own.
  const etag = gzipBody ? object.etag.replace(/"$/, '-gzip"') : object.etag;
  const age = Math.max(0, Math.floor((Date.now() - object.storedAt) / 1000));
  await serveRepresentation(request, response, {
    etag,
    totalBytes: body.length,
    headers: {
      ...describe({ ...object, etag }, status),
      age: String(age),
      ...(gzipBody ? { 'content-encoding': 'gzip' } : {}),
    },
    send: ({ first, last }) => sendBuffer(response, body.subarray(first, last + 1)),
  });
}

async function serveFill(
  request: IncomingMessage,
  response: ServerResponse,
  fill: Fill,
  edgeId: string,
  outcome: 'miss' | 'collapsed',
): Promise<Outcome> {
  const status = cacheStatus(edgeId, outcome);
  response.once('close', fill.join());
  try {
    const described = await fill.headers;
    // A playlist is small: sent whole and compressed it arrives sooner. Without a length, no range can be
    // answered.
    if (described.bytes === undefined || isPlaylist(described.contentType))
      await serveObject(request, response, await fill.whole, status);
    else
      await serveRepresentation(request, response, {
        etag: described.etag,
        totalBytes: described.bytes,
        headers: describe(described, status),
        send: (span) => sendGrowing(response, fill, span),
      });
    return outcome;
  } catch (error) {
    if (!(error instanceof FillError)) throw error;
    refuseFill(request, response, error, edgeId);
    return error.refusal?.status === 404 ? outcome : 'error';
  }
}

function describe(
  object: Pick<CachedObject, 'contentType' | 'etag' | 'cacheControl'>,
  status: string,
): OutgoingHttpHeaders {
  return {
    ...commonHeaders,
    'content-type': object.contentType,
    'cache-control': object.cacheControl,
    etag: object.etag,
    'accept-ranges': 'bytes',
    'cache-status': status,
    ...(isPlaylist(object.contentType) ? { vary: 'Accept-Encoding' } : {}),
  };
}

interface Representation {
  etag: string;
  totalBytes: number;
  headers: OutgoingHttpHeaders;
  /** Writes the bytes of the span and ends the response. */
  send: (span: ByteSpan) => Promise<void>;
}

/** Answers 200, 206, 304 or 416, as the request's conditions and range require. */
async function serveRepresentation(
  request: IncomingMessage,
  response: ServerResponse,
  { etag, totalBytes, headers, send }: Representation,
): Promise<void> {
  if (isUnchanged(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const range = requestedRange(request.headers, etag, totalBytes);
  if (range === 'unsatisfiable') {
    sendRefusal(
      request,
      response,
      416,
      `The file has ${totalBytes} bytes; the requested range starts after its end.`,
      {
        ...commonHeaders,
        'cache-status': headers['cache-status'],
        'content-range': `bytes */${totalBytes}`,
      },
    );
    return;
  }
  const span = range === 'whole' ? { first: 0, last: totalBytes - 1 } : range;
  response.writeHead(range === 'whole' ? 200 : 206, {
    ...headers,
    'content-length': span.last - span.first + 1,
    ...(range === 'whole' ? {} : { 'content-range': `bytes ${span.first}-${span.last}/${totalBytes}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await send(span);
}

function refuseFill(
  request: IncomingMessage,
  response: ServerResponse,
  { code, refusal }: FillError,
  edgeId: string,
): void {
  const status = refusal?.status ?? (code === 'timeout' ? 504 : 502);
  refuse(request, response, { status, retryAfter: refusal?.retryAfter }, `${edgeId}; fwd=miss`);
}

/**
 * Sends a span of a growing object as fast as it arrives and the client takes it. A fill that fails destroys
 * the connection: a clean end would make a truncated object look whole.
 */
async function sendGrowing(response: ServerResponse, fill: Fill, { first, last }: ByteSpan): Promise<void> {
  try {
    for (let offset = first; offset <= last; ) {
      const bytes = await fill.read(offset, Math.min(last + 1, offset + pieceBytes));
      offset += bytes.length;
      if (!(await writePiece(response, bytes))) return;
    }
    response.end();
  } catch {
    response.destroy();
  }
}
