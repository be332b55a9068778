import { entriesOnPathway, firstPathway } from '#core/hls/check/presentation/list-variants.js';
import type { RenditionKind } from '#core/hls/check/presentation/loaded-presentation.js';
import { nameEntry } from '#core/hls/check/presentation/name-entry.js';
import type { MultivariantPlaylist, PlaylistEntry } from '#core/hls/read/playlist.js';

export interface ListedRendition {
  uri: string;
  name: string;
  kind: RenditionKind;
}

export interface ListedCopy extends ListedRendition {
  /** The same rendition on the first pathway. */
  referenceUri: string;
}

/** Lists the media playlists of the first pathway, and their copies on other pathways. */
export function listRenditions(playlist: MultivariantPlaylist): {
  renditions: ListedRendition[];
  copies: ListedCopy[];
} {
  const pathway = firstPathway(playlist);
  const variants = entriesOnPathway(playlist.variants, pathway);
  const groups = new Set(
    variants.flatMap(({ attributes }) =>
      ['AUDIO', 'SUBTITLES', 'VIDEO'].map((type) => `${type} ${attributes.get(type)}`),
    ),
  );
  const isUsed = ({ attributes }: PlaylistEntry): boolean =>
    groups.has(`${attributes.get('TYPE')} ${attributes.get('GROUP-ID')}`);
  const first = new Map<string, ListedRendition>();
  const kinds = kindsOf(playlist);
  const add = (entry: PlaylistEntry): void => {
    if (entry.uri !== '' && !first.has(entry.uri)) first.set(entry.uri, listed(entry, kinds));
  };
  // Groups first: an audio rendition that is also an audio-only variant counts as audio.
  playlist.media.filter(isUsed).forEach(add);
  variants.forEach(add);
  entriesOnPathway(playlist.iframes, pathway).forEach(add);
  return { renditions: [...first.values()], copies: listCopies(playlist, first, kinds) };
}

type Kinds = ReadonlyMap<PlaylistEntry, RenditionKind>;

function kindsOf({ media, variants, iframes }: MultivariantPlaylist): Kinds {
  const kinds = new Map<PlaylistEntry, RenditionKind>();
  for (const entry of variants) kinds.set(entry, kindOfVariant(entry));
  for (const entry of iframes) kinds.set(entry, 'iframes');
  for (const entry of media) kinds.set(entry, kindOfMedia(entry));
  return kinds;
}

function listed(entry: PlaylistEntry, kinds: Kinds): ListedRendition {
  return { uri: entry.uri, name: nameEntry(entry), kind: kinds.get(entry) ?? 'video' };
}

function kindOfMedia(entry: PlaylistEntry): RenditionKind {
  const type = entry.attributes.get('TYPE');
  if (type === 'VIDEO') return kindOfVariant(entry);
  return type === 'SUBTITLES' ? 'subtitles' : 'audio';
}

function kindOfVariant(entry: PlaylistEntry): RenditionKind {
  const codecs = entry.attributes.get('CODECS');
  const isAudioOnly =
    codecs !== undefined &&
    codecs.split(',').every((codec) => /^(mp4a|ac-3|ec-3|opus|fLaC)/i.test(codec.trim()));
  return isAudioOnly && !entry.attributes.has('RESOLUTION') ? 'audio' : 'video';
}

function listCopies(
  playlist: MultivariantPlaylist,
  first: ReadonlyMap<string, ListedRendition>,
  kinds: Kinds,
): ListedCopy[] {
  const references = new Map([...first.values()].map(({ kind, name, uri }) => [`${kind} ${name}`, uri]));
  const copies = new Map<string, ListedCopy>();
  for (const entry of [...playlist.media, ...playlist.variants, ...playlist.iframes]) {
    if (entry.uri === '' || first.has(entry.uri)) continue;
    const rendition = listed(entry, kinds);
    const referenceUri = references.get(`${rendition.kind} ${rendition.name}`);
    if (referenceUri !== undefined) copies.set(entry.uri, { ...rendition, referenceUri });
  }
  return [...copies.values()];
}
