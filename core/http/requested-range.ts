import type { IncomingHttpHeaders } from 'node:http';

export interface ByteSpan {
  first: number;
  /** Inclusive. */
  last: number;
}

/** RFC 9110 14.1: unit names are case-insensitive. */
const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/**
 * The part of a representation of `totalBytes` that a request asks for (RFC 9110 14.2). `whole` without a
 * Range header and for what a server may ignore: several ranges, another unit, bad syntax, and an If-Range
 * that is not `etag`.
 */
export function requestedRange(
  headers: IncomingHttpHeaders,
  etag: string,
  totalBytes: number,
): ByteSpan | 'whole' | 'unsatisfiable' {
  const ifRange = headers['if-range'];
  // RFC 9110 13.1.5: without a match the client's part is of another version, so the whole replaces it.
  if (ifRange !== undefined && String(ifRange).trim() !== etag) return 'whole';
  const match = SINGLE_RANGE.exec(headers.range?.trim() ?? '');
  if (!match) return 'whole';
  const [, from, to, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), totalBytes);
    return length === 0 ? 'unsatisfiable' : { first: totalBytes - length, last: totalBytes - 1 };
  }
  // RFC 9110 14.1.1: positions may have any number of digits. A huge one becomes Infinity at worst, past any
  // end.
  const first = Number(from);
  const last = to ? Number(to) : totalBytes - 1;
  if (to && last < first) return 'whole';
  return first >= totalBytes ? 'unsatisfiable' : { first, last: Math.min(last, totalBytes - 1) };
}
