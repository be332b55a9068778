/**
 * Makes a URI absolute. One that cannot be resolved is returned unchanged, so that the failed request names
 * it.
 */
export function resolveUri(relative: string, base: string): string {
  return URL.canParse(relative, base) ? new URL(relative, base).href : relative;
}
