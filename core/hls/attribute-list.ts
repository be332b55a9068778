/** A model that cannot be written as a valid playlist: a programming error, or a plan that should have been refused. */
export class PlaylistWriteError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'PlaylistWriteError';
  }
}

// RFC 8216 4.2 forbids LF, CR and the double quote in a quoted string; other control characters have no business there.
const forbiddenInQuoted = /["\p{Cc}\p{Zl}\p{Zp}\p{Cs}]/u;

/** `NAME="value"` content for text that we made: anything the grammar forbids is an error. */
export function quoted(value: string): string {
  if (forbiddenInQuoted.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} cannot stand in a quoted attribute`);
  }
  return `"${value}"`;
}

/** Text that people or files made, as a quoted string may hold it: quotes become apostrophes, the rest spaces; 150 long at most. */
export function cleanUserText(value: string): string {
  const clean = value
    .replaceAll('"', "'")
    .replaceAll(/[\p{Cc}\p{Zl}\p{Zp}\p{Cs}]+/gu, ' ')
    .trim();
  return Array.from(clean, (character) => character)
    .slice(0, 150)
    .join('');
}

/** A decimal-integer of RFC 8216 4.2; 2^53 is far above any bandwidth. */
export function decimalInteger(value: number): string {
  if (!Number.isSafeInteger(value) || value < 0) {
    throw new PlaylistWriteError(`${value} is not a whole number from 0 up`);
  }
  return String(value);
}

/** A decimal-floating-point of RFC 8216 4.2: never an exponent, never a sign. */
export function decimal(value: number, digits: number): string {
  if (!Number.isFinite(value) || value < 0 || value >= 1e15) {
    throw new PlaylistWriteError(`${value} is not a number that a playlist can hold`);
  }
  return value.toFixed(digits);
}

/** An enumerated-string of RFC 8216 4.2. */
export function enumerated(value: string): string {
  if (!/^[A-Z0-9-]+$/.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} is not an enumerated value`);
  }
  return value;
}

export function yesOrNo(value: boolean): string {
  return value ? 'YES' : 'NO';
}

/** Joins the attributes that have a value, in order. */
export function attributeList(attributes: Readonly<Record<string, string | undefined>>): string {
  return Object.entries(attributes)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${name}=${value}`)
    .join(',');
}

/** A URI as it stands on its own line or in a quoted attribute: no white space, no quotes, not taken for a tag. */
export function playlistUri(value: string): string {
  if (value === '' || value.startsWith('#') || /["\s\p{Cc}\p{Cs}]/u.test(value)) {
    throw new PlaylistWriteError(`${JSON.stringify(value)} cannot stand as a URI in a playlist`);
  }
  return value;
}
