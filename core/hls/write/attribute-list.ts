/**
 * The model cannot be written as a valid playlist: a programming error, or a plan that should have been
 * refused.
 */
export class PlaylistWriteError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'PlaylistWriteError';
  }
}

/** Joins the attributes that have a value, in order (RFC 8216 4.2). Values come from the formatters below. */
export function attributeList(attributes: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

// RFC 8216 4.2 forbids LF, CR and the double quote; other control characters, separators and surrogates only
// do harm.
const forbiddenInQuoted = /["\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/**
 * Formats a quoted-string. Throws PlaylistWriteError on characters that the grammar forbids: see
 * `cleanUserText`.
 */
export function quoted(value: string): string {
  if (forbiddenInQuoted.test(value)) {
    throw new PlaylistWriteError(
      `${JSON.stringify(value)} has characters that quoted attributes must not hold`,
    );
  }
  return `"${value}"`;
}

/**
 * Makes text from users or source files fit a quoted-string: double quotes become apostrophes, other
 * forbidden characters become spaces, and it is truncated to 150 characters.
 */
export function cleanUserText(value: string): string {
  const clean = value
    .replaceAll('"', "'")
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim();
  return Array.from(clean, (character) => character)
    .slice(0, 150)
    .join('');
}

/** Formats a decimal-integer. The limit of 2^53 is far above any bandwidth. */
export function decimalInteger(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new PlaylistWriteError(`${value} is not a whole number from 0 up`);
  }
  return String(value);
}

/** Formats a decimal-floating-point: without exponent or sign. */
export function decimal(value: number, digits: number): string {
  if (!Number.isFinite(value) || value < 0 || value >= 1e15) {
    throw new PlaylistWriteError(`${value} is not a number that a playlist can hold`);
  }
  return value.toFixed(digits);
}

/** Formats an enumerated-string. */
export function enumerated(value: string): string {
  if (!/^[A-Z0-9-]+$/.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} is not an enumerated value`);
  }
  return value;
}

export function yesOrNo(value: boolean): string {
  return value ? 'YES' : 'NO';
}

/**
 * Checks a URI for a line of its own or a quoted attribute: no white space, no quotes, and no `#` that makes
 * it a tag.
 */
export function playlistUri(value: string): string {
  if (value === '' || value.startsWith('#') || /["\s\p{Cc}\p{Cs}]/u.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} is not a URI that a playlist can hold`);
  }
  return value;
}
