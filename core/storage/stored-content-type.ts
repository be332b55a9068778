import { contentTypeOf } from '#core/contracts/publication-layout.js';

/** The type a key's extension stands for, where the backend keeps none of its own. */
export function storedContentType(key: string): string | undefined {
  return key.endsWith('.json') ? 'application/json' : contentTypeOf(key);
}
