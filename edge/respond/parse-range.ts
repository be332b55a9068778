export type RequestedRange =
  | { kind: 'whole' }
  /** Inclusive, inside the object. */
  | { kind: 'part'; first: number; last: number }
  | { kind: 'unsatisfiable' };

const SINGLE = /^bytes=(\d*)-(\d*)$/;

/**
 * RFC 9110 14.2 for an object of `bytes` bytes. Several ranges, other units and anything malformed mean the whole object,
 * which the specification allows and every player takes.
 */
export function parseRange(header: string | undefined, bytes: number): RequestedRange {
  const match = SINGLE.exec(header?.trim() ?? '');
  if (!match || (match[1] === '' && match[2] === '')) return { kind: 'whole' };
  if (match[1] === '') {
    const suffix = Number(match[2]);
    if (suffix === 0 || bytes === 0) return { kind: 'unsatisfiable' };
    return { kind: 'part', first: Math.max(0, bytes - suffix), last: bytes - 1 };
  }
  const first = Number(match[1]);
  const last = match[2] === '' ? bytes - 1 : Math.min(Number(match[2]), bytes - 1);
  if (match[2] !== '' && Number(match[2]) < first) return { kind: 'whole' };
  return first >= bytes ? { kind: 'unsatisfiable' } : { kind: 'part', first, last };
}
