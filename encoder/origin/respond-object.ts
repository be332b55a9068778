import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { multivariantFile } from '#core/contracts/publication-layout.js';
import { acceptsGzip } from '#core/http/accepts-gzip.js';
import { isUnchanged } from '#core/http/is-unchanged.js';
import { type ByteSpan, requestedRange } from '#core/http/requested-range.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { ReadObject, WholeObject } from '#encoder/origin/object-reader.js';

const compress = promisify(gzip);
const immutable = 'public, max-age=31536000, immutable';

/** Sends an object as the request's conditions, range and encodings ask; resolves when the answer is handed over. */
export async function respondObject(
  store: Pick<ObjectStore, 'get'>,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  contentType: string,
  object: ReadObject,
): Promise<void> {
  const isText = contentType.startsWith('text/') || key.endsWith('.m3u8') || key.endsWith(multivariantFile);
  const zipped =
    isText && !('large' in object) && acceptsGzip(request.headers['accept-encoding'])
      ? await gzipOf(object)
      : undefined;
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
  headers['content-type'] = contentType;
  if (zipped) headers['content-encoding'] = 'gzip';
  if ('large' in object) return respondLarge(store, request, response, key, headers, object.large.bytes);
  const bytes = zipped ?? object.bytes;
  const range = requestedRange(request.headers, etag, bytes.length);
  if (!writeHead(response, headers, range, bytes.length)) return;
  if (request.method === 'HEAD') response.end();
  else response.end(range === 'whole' ? bytes : bytes.subarray(range.first, range.last + 1));
}

async function respondLarge(
  store: Pick<ObjectStore, 'get'>,
  request: IncomingMessage,
  response: ServerResponse,
  key: string,
  headers: OutgoingHttpHeaders,
  totalBytes: number,
): Promise<void> {
  const range = requestedRange(request.headers, String(headers.etag), totalBytes);
  if (range !== 'unsatisfiable' && request.method !== 'HEAD') {
    const { body } = await store.get(key, range === 'whole' ? {} : { range });
    writeHead(response, headers, range, totalBytes);
    // A client that leaves ends the pipeline, and the read from storage with it: no error of ours.
    await pipeline(body, response).catch(() => response.destroy());
    return;
  }
  if (writeHead(response, headers, range, totalBytes)) response.end();
}

/** Writes status and length; false where the range cannot be satisfied and the answer is complete. */
function writeHead(
  response: ServerResponse,
  headers: OutgoingHttpHeaders,
  range: ByteSpan | 'whole' | 'unsatisfiable',
  totalBytes: number,
): range is ByteSpan | 'whole' {
  if (range === 'unsatisfiable') {
    const { 'content-type': _type, 'content-encoding': _encoding, ...rest } = headers;
    response.writeHead(416, {
      ...rest,
      'cache-control': 'no-store',
      'content-range': `bytes */${totalBytes}`,
    });
    response.end();
    return false;
  }
  if (range === 'whole') {
    response.writeHead(200, { ...headers, 'content-length': totalBytes });
  } else {
    response.writeHead(206, {
      ...headers,
      'content-length': range.last - range.first + 1,
      'content-range': `bytes ${range.first}-${range.last}/${totalBytes}`,
    });
  }
  return true;
}

async function gzipOf(object: WholeObject): Promise<Buffer> {
  object.gzip ??= compress(object.bytes);
  return object.gzip;
}
