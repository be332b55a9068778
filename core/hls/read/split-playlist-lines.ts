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
