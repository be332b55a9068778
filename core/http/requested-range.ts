import type { IncomingHttpHeaders } from 'node:http';

export interface ByteSpan {
  first: number;
  /** Inclusive. */
  last: number;
}

/** RFC 9110 14.1: unit names are case-insensitive. */
const SINGLE_RANGE = /^bytes=(?:(\d+)-(\d*)|-(\d+))$/i;

/**
 * Returns the part of a representation that a request asks for (RFC 9110 14.2): `whole` without a Range
 * header and where the header may be ignored, which is for several ranges, other units, bad syntax, or an
 * If-Range other than `etag`.
 */
export function requestedRange(
  headers: IncomingHttpHeaders,
  etag: string,
  totalBytes: number,
): ByteSpan | 'whole' | 'unsatisfiable' {
  const ifRange = headers['if-range'];
  // RFC 9110 13.1.5: the client holds part of another version, so it gets the whole.
  if (ifRange !== undefined && String(ifRange).trim() !== etag) return 'whole';
  const match = SINGLE_RANGE.exec(headers.range?.trim() ?? '');
  if (!match) return 'whole';
  const [, from, to, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), totalBytes);
    return length === 0 ? 'unsatisfiable' : { first: totalBytes - length, last: totalBytes - 1 };
  }
  // RFC 9110 14.1.1: positions may have any number of digits. Huge ones become Infinity, past any end.
  const first = Number(from);
  const last = to ? Number(to) : totalBytes - 1;
  if (to && last < first) return 'whole';
  return first >= totalBytes ? 'unsatisfiable' : { first, last: Math.min(last, totalBytes - 1) };
}
