import type { PlaylistEntry } from '#core/hls/read/playlist.js';

/**
 * Limit for names in messages: a name of a megabyte would be repeated in every finding about its segments.
 */
const maxNameCharacters = 100;

/** Names an entry for messages: by its stable id, or else by the end of its path. */
export function nameEntry(entry: PlaylistEntry): string {
  const name = fullName(entry);
  return name.length > maxNameCharacters ? `${name.slice(0, maxNameCharacters)}…` : name;
}

function fullName({ attributes, uri }: PlaylistEntry): string {
  const id = attributes.get('STABLE-VARIANT-ID') ?? attributes.get('STABLE-RENDITION-ID');
  if (id !== undefined && id !== '') return id;
  const path = URL.canParse(uri) ? new URL(uri).pathname : uri;
  const pieces = path.split('/').filter((piece) => piece !== '');
  return pieces.slice(-2).join('/') || (attributes.get('NAME') ?? uri);
}
