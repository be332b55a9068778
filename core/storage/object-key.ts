import { ObjectStoreError } from '#core/storage/object-store.js';

/** File systems take 255 bytes a name. */
const maxElement = 255;
const maxKey = 512;
const ELEMENT = /^[A-Za-z0-9._-]+$/;

/** Throws `invalid_key` unless every element is a plain name: what keeps a key inside the store on any backend. */
export function assertValidKey(key: string): void {
  const problem = problemOf(key);
  if (problem)
    throw new ObjectStoreError('invalid_key', key.slice(0, 80), `object key ${show(key)} ${problem}`);
}

/** Like `assertValidKey` for the start of a key: empty, or ending within or after any element. */
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
  return `has the element ${show(wrong)}: elements are 1 to ${maxElement} of A-Z a-z 0-9 . _ - and not . or ..`;
}

/** Quoted and cut, so that hostile keys stay one short line in a log. */
function show(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
