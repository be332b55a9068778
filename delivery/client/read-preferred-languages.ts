/** RFC 9110 12.4.2: a language range and its weight. */
const RANGE = /^\s*([a-z]{1,8}(?:-[a-z0-9]{1,8}){0,4}|\*)\s*(?:;\s*q=([01](?:\.[0-9]{0,3})?)\s*)?$/i;
const maxHeader = 256;
const maxRanges = 10;

/**
 * Languages a client wants, best first, lower case: `?lang=` (one tag) before `Accept-Language`. What is no language
 * range is passed over; `*` and weight 0 say nothing of use.
 */
export function readPreferredLanguages(
  lang: string | undefined,
  acceptLanguage: string | undefined,
): string[] {
  const asked = RANGE.exec(lang?.slice(0, maxHeader) ?? '')?.[1];
  const ranges = (acceptLanguage ?? '')
    .slice(0, maxHeader)
    .split(',', maxRanges)
    .flatMap((part) => {
      const match = RANGE.exec(part);
      const weight = Number(match?.[2] ?? 1);
      return match?.[1] && match[1] !== '*' && weight > 0 ? [{ tag: match[1].toLowerCase(), weight }] : [];
    })
    // Stable: of equal weights the first named comes first.
    .sort((a, b) => b.weight - a.weight)
    .map(({ tag }) => tag);
  return asked && asked !== '*' ? [asked.toLowerCase(), ...ranges] : ranges;
}
