export const cacheOutcomes = ['hit', 'stale', 'revalidated', 'collapsed', 'miss', 'unknown'] as const;
export type CacheOutcome = (typeof cacheOutcomes)[number];

/** What the cache nearest to the player did for one answer. */
export interface CacheVerdict {
  /** Name of the cache; empty without the header. */
  cache: string;
  outcome: CacheOutcome;
}

/**
 * Reads the header `Cache-Status` (RFC 9211). Its members are in the order in which the answer passed the
 * caches, so the last one is the edge. A missing or malformed header gives `unknown`.
 */
export function readCacheStatus(header: string | null | undefined): CacheVerdict {
  const member = splitOutsideQuotes(header ?? '', ',')
    .at(-1)
    ?.trim();
  if (!member) return { cache: '', outcome: 'unknown' };
  const [name = '', ...parts] = splitOutsideQuotes(member, ';').map((part) => part.trim());
  const parameters = new Map(parts.map(readParameter));
  return { cache: unquote(name), outcome: outcomeOf(parameters) };
}

function outcomeOf(parameters: ReadonlyMap<string, string>): CacheOutcome {
  const forward = parameters.get('fwd');
  if (parameters.get('detail') === 'stale') return 'stale';
  if (isTrue(parameters.get('hit'))) return 'hit';
  if (isTrue(parameters.get('collapsed'))) return 'collapsed';
  // `fwd=stale` with 304 from upstream: the stored answer was still valid.
  if (forward === 'stale') return parameters.get('fwd-status') === '304' ? 'revalidated' : 'stale';
  return forward === undefined ? 'unknown' : 'miss';
}

/** A boolean parameter (RFC 8941 3.1.2): a bare key is true, `?0` is false. */
function isTrue(value: string | undefined): boolean {
  return value !== undefined && value !== '?0';
}

function readParameter(part: string): [string, string] {
  const equals = part.indexOf('=');
  if (equals < 0) return [part.toLowerCase(), ''];
  return [part.slice(0, equals).trim().toLowerCase(), unquote(part.slice(equals + 1).trim())];
}

function unquote(text: string): string {
  return text.startsWith('"') && text.endsWith('"') && text.length > 1 ? text.slice(1, -1) : text;
}

function splitOutsideQuotes(text: string, separator: ',' | ';'): string[] {
  const parts: string[] = [];
  let quoted = false;
  let start = 0;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '\\' && quoted) index += 1;
    else if (character === '"') quoted = !quoted;
    else if (character === separator && !quoted) {
      parts.push(text.slice(start, index));
      start = index + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}
