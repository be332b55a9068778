import { beingEncoded } from '#core/hls/being-encoded.js';
import { readAttributes } from '#core/hls/read-attributes.js';

type Attributes = ReadonlyMap<string, string>;

export interface ByteRange {
  offsetBytes: number;
  lengthBytes: number;
}

export interface Playlist {
  /** Where it was read from: relative URIs in it are resolved against this. */
  uri: string;
  text: string;
  version: number | undefined;
  independentSegments: boolean;
  /** Names of all the tags in it, without `#`. */
  tagNames: ReadonlySet<string>;
}

/** EXT-X-STREAM-INF, EXT-X-I-FRAME-STREAM-INF or EXT-X-MEDIA, with its URI made absolute. */
export interface PlaylistEntry {
  uri: string;
  attributes: Attributes;
}

export interface MultivariantPlaylist extends Playlist {
  kind: 'multivariant';
  variants: readonly PlaylistEntry[];
  iframes: readonly PlaylistEntry[];
  /** `uri` is empty where the rendition is inside its variants. */
  media: readonly PlaylistEntry[];
  steering: Attributes | undefined;
  /** It says that some of its media is not there yet. */
  isBeingEncoded: boolean;
}

export interface ReadSegment {
  uri: string;
  /** 0 where there is no EXTINF, or none that can be read. */
  durationSeconds: number;
  range: ByteRange | undefined;
  map: { uri: string; range: ByteRange | undefined } | undefined;
  isEncrypted: boolean;
  isDiscontinuous: boolean;
  isGap: boolean;
}

export interface MediaPlaylist extends Playlist {
  kind: 'media';
  targetDurationSeconds: number | undefined;
  playlistType: string | undefined;
  /** Of the first segment; 0 where it is not told. */
  mediaSequence: number;
  isEnded: boolean;
  isIframesOnly: boolean;
  segments: readonly ReadSegment[];
  /** What is too much of it to be read, in words: `segments` are not all there are. */
  excess: string | undefined;
}

/** A week of segments of 6 s. */
export const maxSegments = 100_000;
/** Of the addresses of all segments: a short URI in a playlist is a long one when it is made absolute. */
const maxAddressCharacters = 2 ** 25;

/**
 * Reads a playlist with more patience than a player should have: it takes what it understands and never throws, so that a
 * checker can say what is wrong with the rest. undefined where the text is no playlist at all.
 */
export function readPlaylist(text: string, uri: string): MultivariantPlaylist | MediaPlaylist | undefined {
  const lines = text
    .replace(/^\uFEFF/, '')
    .split(/\r\n|\n|\r/)
    .map((line) => line.trim())
    .filter((line) => line !== '');
  if (lines[0] !== '#EXTM3U') return undefined;
  const items = lines.map(readLine);
  const tagNames = new Set(items.map(({ tag }) => tag).filter((tag) => tag !== ''));
  const version = items.find(({ tag }) => tag === 'EXT-X-VERSION')?.value;
  const common = {
    uri,
    text,
    version: wholeNumber(version),
    independentSegments: tagNames.has('EXT-X-INDEPENDENT-SEGMENTS'),
    tagNames,
  };
  const isMultivariant = ['EXT-X-STREAM-INF', 'EXT-X-I-FRAME-STREAM-INF', 'EXT-X-MEDIA'].some((tag) =>
    tagNames.has(tag),
  );
  return isMultivariant
    ? { kind: 'multivariant', ...common, ...readEntries(items, uri) }
    : { kind: 'media', ...common, ...readMedia(items, uri) };
}

/** undefined for anything but digits. */
const wholeNumber = (text: string | undefined): number | undefined =>
  text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;

/** A tag with its value, or (tag empty) a URI; comments have neither. */
interface Line {
  tag: string;
  value: string;
}

function readLine(line: string): Line {
  if (!line.startsWith('#')) return { tag: '', value: line };
  if (!line.startsWith('#EXT')) return { tag: '', value: '' };
  const colon = line.indexOf(':');
  return colon < 0
    ? { tag: line.slice(1), value: '' }
    : { tag: line.slice(1, colon), value: line.slice(colon + 1) };
}

/** Absolute; as it stands where it cannot be resolved, so that asking for it fails with its own name. */
export function resolveUri(relative: string, base: string): string {
  return URL.canParse(relative, base) ? new URL(relative, base).href : relative;
}

function readEntries(
  items: readonly Line[],
  base: string,
): Omit<MultivariantPlaylist, keyof Playlist | 'kind'> {
  const variants: PlaylistEntry[] = [];
  const iframes: PlaylistEntry[] = [];
  const media: PlaylistEntry[] = [];
  let steering: Attributes | undefined;
  let isBeingEncoded = false;
  let pending: Attributes | undefined;
  const entryOf = (attributes: Attributes): PlaylistEntry => {
    const uri = attributes.get('URI');
    return { attributes, uri: uri === undefined ? '' : resolveUri(uri, base) };
  };
  for (const { tag, value } of items) {
    if (tag === 'EXT-X-STREAM-INF') pending = readAttributes(value);
    if (tag === 'EXT-X-I-FRAME-STREAM-INF') iframes.push(entryOf(readAttributes(value)));
    if (tag === 'EXT-X-MEDIA') media.push(entryOf(readAttributes(value)));
    if (tag === 'EXT-X-CONTENT-STEERING') steering = readAttributes(value);
    if (tag === 'EXT-X-SESSION-DATA') isBeingEncoded ||= saysBeingEncoded(readAttributes(value));
    if (tag !== '' || value === '' || !pending) continue;
    variants.push({ attributes: pending, uri: resolveUri(value, base) });
    pending = undefined;
  }
  return { variants, iframes, media, steering, isBeingEncoded };
}

const saysBeingEncoded = (attributes: Attributes): boolean =>
  attributes.get('DATA-ID') === beingEncoded.dataId && attributes.get('VALUE') === beingEncoded.value;

function readMedia(items: readonly Line[], base: string): Omit<MediaPlaylist, keyof Playlist | 'kind'> {
  const valueOf = (name: string): string | undefined => items.find(({ tag }) => tag === name)?.value;
  const target = valueOf('EXT-X-TARGETDURATION');
  return {
    targetDurationSeconds: wholeNumber(target),
    playlistType: valueOf('EXT-X-PLAYLIST-TYPE'),
    mediaSequence: wholeNumber(valueOf('EXT-X-MEDIA-SEQUENCE')) ?? 0,
    isEnded: valueOf('EXT-X-ENDLIST') !== undefined,
    isIframesOnly: valueOf('EXT-X-I-FRAMES-ONLY') !== undefined,
    ...readSegments(items, base),
  };
}

function readSegments(items: readonly Line[], base: string): Pick<MediaPlaylist, 'segments' | 'excess'> {
  const segments: ReadSegment[] = [];
  let state = { durationSeconds: 0, range: '', isDiscontinuous: false, isGap: false };
  let map: ReadSegment['map'];
  let isEncrypted = false;
  let characters = 0;
  for (const { tag, value } of items) {
    if (tag === 'EXTINF') state.durationSeconds = readSeconds(value);
    if (tag === 'EXT-X-BYTERANGE') state.range = value;
    if (tag === 'EXT-X-DISCONTINUITY') state.isDiscontinuous = true;
    if (tag === 'EXT-X-GAP') state.isGap = true;
    if (tag === 'EXT-X-KEY') isEncrypted = readAttributes(value).get('METHOD') !== 'NONE';
    if (tag === 'EXT-X-MAP') map = readMap(readAttributes(value), base);
    if (tag !== '' || value === '') continue;
    if (segments.length === maxSegments) {
      const found = items.filter((item) => item.tag === '' && item.value !== '').length;
      return { segments, excess: `it has ${found} segments, over ${maxSegments}` };
    }
    const uri = resolveUri(value, base);
    characters += uri.length;
    if (characters > maxAddressCharacters) {
      const excess = `the addresses up to segment ${segments.length} have ${characters} characters, over ${maxAddressCharacters}`;
      return { segments, excess };
    }
    const { range, ...facts } = state;
    segments.push({ ...facts, uri, range: readRange(range, segments.at(-1), uri), map, isEncrypted });
    state = { durationSeconds: 0, range: '', isDiscontinuous: false, isGap: false };
  }
  return { segments, excess: undefined };
}

function readSeconds(value: string): number {
  const seconds = Number.parseFloat(value);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 0;
}

function readMap(attributes: Attributes, base: string): ReadSegment['map'] {
  const uri = attributes.get('URI');
  if (uri === undefined) return undefined;
  return { uri: resolveUri(uri, base), range: readRange(attributes.get('BYTERANGE') ?? '', undefined, '') };
}

/** `length[@offset]`; without an offset it goes on where the segment before ended (RFC 8216 4.3.2.2). */
function readRange(text: string, before: ReadSegment | undefined, uri: string): ByteRange | undefined {
  const match = /^(\d{1,15})(?:@(\d{1,15}))?$/.exec(text.trim());
  if (!match) return undefined;
  const after = before?.uri === uri && before.range ? before.range.offsetBytes + before.range.lengthBytes : 0;
  return { lengthBytes: Number(match[1]), offsetBytes: match[2] === undefined ? after : Number(match[2]) };
}
