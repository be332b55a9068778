import { contentTypeOf } from '#core/contracts/publication-layout.js';

/** Derives the content type from a key's extension, for objects that were stored without one. */
export function storedContentType(key: string): string | undefined {
  return key.endsWith('.json') ? 'application/json' : contentTypeOf(key);
}
