import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { multivariantFile } from '#core/contracts/publication-layout.js';
import { acceptsGzip } from '#core/http/accepts-gzip.js';
import { isUnchanged } from '#core/http/is-unchanged.js';
import { sendBuffer } from '#core/http/measured-response.js';
import { type ByteSpan, requestedRange } from '#core/http/requested-range.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { ReadObject, WholeObject } from '#encoder/origin/object-reader.js';

const compress = promisify(gzip);
const immutable = 'public, max-age=31536000, immutable';

export interface ObjectRequest {
  /** Read again for an object too large to be held. */
  store: Pick<ObjectStore, 'get'>;
  request: IncomingMessage;
  response: ServerResponse;
  key: string;
  contentType: string;
  object: ReadObject;
}

/** Answers 200, 206, 304 or 416, as the request's conditions, range and encodings require. */
export async function respondObject(asked: ObjectRequest): Promise<void> {
  const { request, response, key, contentType, object } = asked;
  const isText = contentType.startsWith('text/') || key.endsWith('.m3u8') || key.endsWith(multivariantFile);
  const isGzipWanted = isText && acceptsGzip(request.headers['accept-encoding']);
  const zipped = isGzipWanted && 'bytes' in object ? await gzipOf(object) : undefined;
  // RFC 9110 8.8.3: the compressed representation needs a validator of its own.
  const etag = zipped ? object.etag.replace(/"$/, '-gz"') : object.etag;
  const headers: OutgoingHttpHeaders = {
    etag,
    'cache-control': immutable,
    'accept-ranges': 'bytes',
    'x-content-type-options': 'nosniff',
    ...(isText ? { vary: 'Accept-Encoding' } : {}),
  };
  if (isUnchanged(request.headers['if-none-match'], etag)) {
    response.writeHead(304, headers).end();
    return;
  }
  const bytes = zipped ?? ('bytes' in object ? object.bytes : undefined);
  const totalBytes = bytes?.length ?? ('large' in object ? object.large.bytes : 0);
  const range = requestedRange(request.headers, etag, totalBytes);
  if (range === 'unsatisfiable') {
    response.writeHead(416, {
      ...headers,
      'cache-control': 'no-store',
      'content-range': `bytes */${totalBytes}`,
    });
    response.end();
    return;
  }
  headers['content-type'] = contentType;
  if (zipped) headers['content-encoding'] = 'gzip';
  if (request.method === 'HEAD') {
    writeHead(response, headers, range, totalBytes);
    response.end();
  } else if (bytes) {
    writeHead(response, headers, range, totalBytes);
    await sendBuffer(response, range === 'whole' ? bytes : bytes.subarray(range.first, range.last + 1));
  } else {
    await streamLarge(asked, headers, range, totalBytes);
  }
}

/** Rejects, before anything is sent, if storage does not answer. */
async function streamLarge(
  { store, response, key }: ObjectRequest,
  headers: OutgoingHttpHeaders,
  range: ByteSpan | 'whole',
  totalBytes: number,
): Promise<void> {
  const { body } = await store.get(key, range === 'whole' ? {} : { range });
  writeHead(response, headers, range, totalBytes);
  // Fails if the client leaves or storage breaks off. The response is then destroyed: a clean end would make
  // it look whole.
  await pipeline(body, response).catch(() => response.destroy());
}

function writeHead(
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  range: ByteSpan | 'whole',
  totalBytes: number,
): void {
  if (range === 'whole') {
    response.writeHead(200, { ...headers, 'content-length': totalBytes });
    return;
  }
  response.writeHead(206, {
    ...headers,
    'content-length': range.last - range.first + 1,
    'content-range': `bytes ${range.first}-${range.last}/${totalBytes}`,
  });
}

async function gzipOf(object: WholeObject): Promise<Buffer> {
  object.gzip ??= compress(object.bytes);
  return object.gzip;
}
