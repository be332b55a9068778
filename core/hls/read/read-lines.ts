/** One line of a playlist: a tag with its value, a URI (`tag` empty), or a comment (both empty). */
export interface PlaylistLine {
  tag: string;
  value: string;
}

/** Splits a playlist into its lines, without blank ones; undefined if the first is not `#EXTM3U`. */
export function splitPlaylistLines(text: string): PlaylistLine[] | undefined {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  return lines[0] === '#EXTM3U' ? lines.map(readLine) : undefined;
}

function readLine(line: string): PlaylistLine {
  if (!line.startsWith('#')) return { tag: '', value: line };
  if (!line.startsWith('#EXT')) return { tag: '', value: '' };
  const colon = line.indexOf(':');
  return colon < 0
    ? { tag: line.slice(1), value: '' }
    : { tag: line.slice(1, colon), value: line.slice(colon + 1) };
}

/**
 * Reads an attribute list (RFC 8216 4.2) leniently; the strict parser reports its errors. Removes quotes, and
 * keeps the first of two attributes with the same name. Scans once, because a regular expression takes
 * quadratic time on hostile text.
 */
export function readAttributes(text: string): ReadonlyMap<string, string> {
  const attributes = new Map<string, string>();
  let offset = 0;
  while (offset < text.length) {
    const equals = text.indexOf('=', offset);
    if (equals < 0) break;
    const name = text.slice(offset, equals).trim();
    const { value, end } = readValue(text, equals + 1);
    if (/^[A-Z0-9-]{1,100}$/.test(name) && !attributes.has(name)) attributes.set(name, value);
    offset = end + 1;
  }
  return attributes;
}

/** `end` is the offset of the comma after the value, or of the end of the text. */
function readValue(text: string, start: number): { value: string; end: number } {
  const endFrom = (from: number): number => {
    const comma = text.indexOf(',', from);
    return comma < 0 ? text.length : comma;
  };
  if (text[start] !== '"') {
    const end = endFrom(start);
    return { value: text.slice(start, end).trim(), end };
  }
  const quote = text.indexOf('"', start + 1);
  if (quote < 0) return { value: text.slice(start + 1), end: text.length };
  return { value: text.slice(start + 1, quote), end: endFrom(quote) };
}
