/** A language range and its weight (RFC 9110 12.4.2). */
const RANGE = /^\s*([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?$/i;
const maxLength = 256;
const maxRanges = 10;

/**
 * Reads a client's preferred languages, best first, lower case: `?lang=` (one tag), then `Accept-Language`.
 * Ignores malformed ranges, `*` and ranges of weight 0.
 */
export function readPreferredLanguages(
  lang: string | undefined,
  acceptLanguage: string | undefined,
): string[] {
  const asked = RANGE.exec(lang?.slice(0, maxLength) ?? '')?.[1];
  const ranges = (acceptLanguage ?? '')
    .slice(0, maxLength)
    .split(',', maxRanges)
    .flatMap((part) => {
      const match = RANGE.exec(part);
      const weight = Number(match?.[2] ?? 1);
      return match?.[1] && match[1] !== '*' && weight > 0 ? [{ tag: match[1].toLowerCase(), weight }] : [];
    })
    // The sort is stable: ranges of equal weight keep their order.
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
  return asked && asked !== '*' ? [asked.toLowerCase(), ...ranges] : ranges;
}
