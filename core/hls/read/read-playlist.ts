import { beingEncoded } from '#core/hls/being-encoded.js';
import {
  type Attributes,
  type MediaPlaylist,
  type MultivariantPlaylist,
  type Playlist,
  type PlaylistEntry,
  resolveUri,
} from '#core/hls/read/playlist.js';
import { type PlaylistLine, readAttributes, splitPlaylistLines } from '#core/hls/read/read-lines.js';
import { readSegments } from '#core/hls/read/read-segments.js';

/**
 * Reads a playlist leniently and never throws: it keeps every tag it can read, so the checker can report the
 * others. Returns undefined if the text does not start with `#EXTM3U`. `uri` is the address that relative
 * URIs are resolved against.
 */
export function readPlaylist(text: string, uri: string): MultivariantPlaylist | MediaPlaylist | undefined {
  const lines = splitPlaylistLines(text);
  if (!lines) return undefined;
  const tagNames = new Set(lines.map(({ tag }) => tag).filter((tag) => tag !== ''));
  const common = {
    uri,
    text,
    version: wholeNumber(lines.find(({ tag }) => tag === 'EXT-X-VERSION')?.value),
    independentSegments: tagNames.has('EXT-X-INDEPENDENT-SEGMENTS'),
    tagNames,
  };
  const isMultivariant = ['EXT-X-STREAM-INF', 'EXT-X-I-FRAME-STREAM-INF', 'EXT-X-MEDIA'].some((tag) =>
    tagNames.has(tag),
  );
  return isMultivariant
    ? { kind: 'multivariant', ...common, ...readEntries(lines, uri) }
    : { kind: 'media', ...common, ...readMedia(lines, uri) };
}

/** undefined for anything but digits. */
const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

function readEntries(
  lines: readonly PlaylistLine[],
  base: string,
): Omit<MultivariantPlaylist, keyof Playlist | 'kind'> {
  const variants: PlaylistEntry[] = [];
  const iframes: PlaylistEntry[] = [];
  const media: PlaylistEntry[] = [];
  let steering: Attributes | undefined;
  let isBeingEncoded = false;
  /** EXT-X-STREAM-INF whose URI is on a line below. */
  let pending: Attributes | undefined;
  const entryOf = (attributes: Attributes): PlaylistEntry => {
    const uri = attributes.get('URI');
    return { attributes, uri: uri === undefined ? '' : resolveUri(uri, base) };
  };
  for (const { tag, value } of lines) {
    if (tag === 'EXT-X-STREAM-INF') pending = readAttributes(value);
    if (tag === 'EXT-X-I-FRAME-STREAM-INF') iframes.push(entryOf(readAttributes(value)));
    if (tag === 'EXT-X-MEDIA') media.push(entryOf(readAttributes(value)));
    if (tag === 'EXT-X-CONTENT-STEERING') steering = readAttributes(value);
    if (tag === 'EXT-X-SESSION-DATA') isBeingEncoded ||= marksBeingEncoded(readAttributes(value));
    if (tag !== '' || value === '' || !pending) continue;
    variants.push({ attributes: pending, uri: resolveUri(value, base) });
    pending = undefined;
  }
  return { variants, iframes, media, steering, isBeingEncoded };
}

const marksBeingEncoded = (attributes: Attributes): boolean =>
  attributes.get('DATA-ID') === beingEncoded.dataId && attributes.get('VALUE') === beingEncoded.value;

function readMedia(
  lines: readonly PlaylistLine[],
  base: string,
): Omit<MediaPlaylist, keyof Playlist | 'kind'> {
  const valueOf = (name: string): string | undefined => lines.find(({ tag }) => tag === name)?.value;
  return {
    targetDurationSeconds: wholeNumber(valueOf('EXT-X-TARGETDURATION')),
    playlistType: valueOf('EXT-X-PLAYLIST-TYPE'),
    mediaSequence: wholeNumber(valueOf('EXT-X-MEDIA-SEQUENCE')) ?? 0,
    isEnded: valueOf('EXT-X-ENDLIST') !== undefined,
    isIframesOnly: valueOf('EXT-X-I-FRAMES-ONLY') !== undefined,
    ...readSegments(lines, base),
  };
}
