import { firstPathway, nameOfEntry, onPathway, type RenditionKind } from '#core/hls/check/presentation.js';
import type { MultivariantPlaylist, PlaylistEntry } from '#core/hls/read-playlist.js';

export interface ListedRendition {
  uri: string;
  name: string;
  kind: RenditionKind;
}

export interface ListedCopy extends ListedRendition {
  /** The same rendition on the first pathway. */
  originalUri: string;
}

/** The media playlists that a multivariant playlist names: those of its first pathway, and what should equal them. */
export function listRenditions(playlist: MultivariantPlaylist): {
  renditions: ListedRendition[];
  copies: ListedCopy[];
} {
  const pathway = firstPathway(playlist);
  const variants = onPathway(playlist.variants, pathway);
  const groups = new Set(
    variants.flatMap(({ attributes }) =>
      ['AUDIO', 'SUBTITLES', 'VIDEO'].map((type) => `${type} ${attributes.get(type)}`),
    ),
  );
  const isUsed = ({ attributes }: PlaylistEntry): boolean =>
    groups.has(`${attributes.get('TYPE')} ${attributes.get('GROUP-ID')}`);
  const first = new Map<string, ListedRendition>();
  const add = (entry: PlaylistEntry): void => {
    if (entry.uri !== '' && !first.has(entry.uri)) first.set(entry.uri, listed(entry, playlist));
  };
  // Groups first: a rendition that also is an audio-only variant is sound, not picture.
  playlist.media.filter(isUsed).forEach(add);
  variants.forEach(add);
  onPathway(playlist.iframes, pathway).forEach(add);
  return { renditions: [...first.values()], copies: listCopies(playlist, first) };
}

function listed(entry: PlaylistEntry, playlist: MultivariantPlaylist): ListedRendition {
  return { uri: entry.uri, name: nameOfEntry(entry), kind: kindOf(entry, playlist) };
}

function kindOf(entry: PlaylistEntry, { media, iframes }: MultivariantPlaylist): RenditionKind {
  if (iframes.includes(entry)) return 'iframes';
  const type = entry.attributes.get('TYPE');
  if (media.includes(entry) && type !== 'VIDEO') return type === 'SUBTITLES' ? 'subtitles' : 'audio';
  const codecs = entry.attributes.get('CODECS');
  const isAudioOnly =
    codecs !== undefined &&
    codecs.split(',').every((codec) => /^(mp4a|ac-3|ec-3|opus|fLaC)/i.test(codec.trim()));
  return isAudioOnly && !entry.attributes.has('RESOLUTION') ? 'audio' : 'video';
}

function listCopies(
  playlist: MultivariantPlaylist,
  first: ReadonlyMap<string, ListedRendition>,
): ListedCopy[] {
  const originals = new Map([...first.values()].map(({ kind, name, uri }) => [`${kind} ${name}`, uri]));
  const copies = new Map<string, ListedCopy>();
  for (const entry of [...playlist.media, ...playlist.variants, ...playlist.iframes]) {
    if (entry.uri === '' || first.has(entry.uri)) continue;
    const rendition = listed(entry, playlist);
    const originalUri = originals.get(`${rendition.kind} ${rendition.name}`);
    if (originalUri !== undefined) copies.set(entry.uri, { ...rendition, originalUri });
  }
  return [...copies.values()];
}
