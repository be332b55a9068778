export interface ByteSpan {
  first: number;
  /** Inclusive. */
  last: number;
}

const SINGLE = /^bytes=(?:([0-9]{1,15})-([0-9]{0,15})|-([0-9]{1,15}))$/i;

/**
 * RFC 9110 14.2. `whole` for no range, and for what a server may ignore: several ranges, another unit, bad syntax, an
 * If-Range that is not this version's strong etag.
 */
export function requestedRange(
  header: string | undefined,
  ifRange: string | undefined,
  etag: string,
  totalBytes: number,
): ByteSpan | 'whole' | 'unsatisfiable' {
  if (header === undefined || (ifRange !== undefined && ifRange !== etag)) return 'whole';
  const match = SINGLE.exec(header.trim());
  if (!match) return 'whole';
  const [, from, to, suffix] = match;
  if (suffix !== undefined) {
    const length = Math.min(Number(suffix), totalBytes);
    return length === 0 ? 'unsatisfiable' : { first: totalBytes - length, last: totalBytes - 1 };
  }
  const first = Number(from);
  const last = to ? Number(to) : totalBytes - 1;
  if (to && last < first) return 'whole';
  return first >= totalBytes ? 'unsatisfiable' : { first, last: Math.min(last, totalBytes - 1) };
}
