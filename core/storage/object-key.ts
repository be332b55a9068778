import { contentTypeOf } from '#core/contracts/publication-layout.js';
import { ObjectStoreError } from '#core/storage/object-store.js';

/** Limit of file systems for one name, in bytes. */
const maxElement = 255;
const maxKey = 512;
const ELEMENT = /^[A-Za-z0-9._-]+$/;

/** Throws `invalid_key` unless every element is a plain name, which keeps keys inside every backend. */
export function assertValidKey(key: string): void {
  const problem = problemOf(key);
  if (problem)
    throw new ObjectStoreError('invalid_key', key.slice(0, 80), `object key ${show(key)} ${problem}`);
}

/** Like `assertValidKey`, for a prefix: empty, or ending inside or after any element. */
export function assertValidPrefix(prefix: string): void {
  const problem = prefix === '' ? undefined : problemOf(prefix.endsWith('/') ? prefix.slice(0, -1) : prefix);
  if (problem)
    throw new ObjectStoreError('invalid_key', prefix.slice(0, 80), `key prefix ${show(prefix)} ${problem}`);
}

export function isKeyElement(name: string): boolean {
  return name.length <= maxElement && name !== '.' && name !== '..' && ELEMENT.test(name);
}

function problemOf(key: string): string | undefined {
  if (key === '') return 'is empty';
  if (key.length > maxKey) return `has ${key.length} characters, over ${maxKey}`;
  const wrong = key.split('/').find((element) => !isKeyElement(element));
  if (wrong === undefined) return undefined;
  const rule = `1 to ${maxElement} of A-Z a-z 0-9 . _ - and not . or ..`;
  return `has the element ${show(wrong)}: elements are ${rule}`;
}

/** Quotes and shortens a key, so that a hostile one stays one short line in a log. */
function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}

/** Derives the content type from a key's extension, for objects that were stored without one. */
export function storedContentType(key: string): string | undefined {
  return key.endsWith('.json') ? 'application/json' : contentTypeOf(key);
}
