import type { IncomingHttpHeaders } from 'node:http';

/** RFC 9110 13.1.2, weak comparison: whether the client already has this version. */
export function isUnchanged(headers: IncomingHttpHeaders, etag: string): boolean {
  const given = headers['if-none-match'];
  if (given === undefined) return false;
  const opaque = (tag: string): string => tag.trim().replace(/^W\//, '');
  return given.trim() === '*' || given.split(',').some((tag) => opaque(tag) === opaque(etag));
}

/** RFC 9110 13.1.5: a range counts only for the version that the client has the rest of. */
export function rangeHeader(headers: IncomingHttpHeaders, etag: string): string | undefined {
  const condition = headers['if-range'];
  if (condition !== undefined && String(condition).trim() !== etag) return undefined;
  return headers.range;
}

/** Whether gzip is welcome: named, or `*`, and not with weight 0 (RFC 9110 12.5.3). */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '');
  return text.split(',').some((part) => {
    const [coding = '', ...parameters] = part.trim().toLowerCase().split(';');
    const refused = parameters.some((parameter) => /^\s*q=0(\.0*)?\s*$/.test(parameter));
    return (coding.trim() === 'gzip' || coding.trim() === '*') && !refused;
  });
}
