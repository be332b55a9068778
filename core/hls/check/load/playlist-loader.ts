import { isUtf8 } from 'node:buffer';
import { getOptions, parse, setOptions } from 'hls-parser';
import type { ResourceReader } from '#core/hls/check/load/resource-reader.js';
import type { MediaPlaylist, MultivariantPlaylist, PlaylistEntry } from '#core/hls/read/playlist.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';

/**
 * Limit for variants, I-frame variants and alternative renditions each. Real playlists have a tenth of it.
 */
const maxEntries = 500;
/** Limits for all media playlists together; characters count both the texts and the absolute addresses. */
const maxInAll = { segments: 1_000_000, characters: 2 ** 28 };

/** Loads playlists within limits, and records those that a strict parser rejects or that exceed a limit. */
export class PlaylistLoader {
  readonly refusals: { uri: string; reason: string }[] = [];
  readonly excesses: { uri: string; message: string }[] = [];
  private readonly sums = { segments: 0, characters: 0 };
  /** Set when the playlists read so far exceed a limit together. */
  private isFull = false;

  constructor(
    private readonly resources: ResourceReader,
    private readonly maxSegments = maxInAll.segments,
  ) {}

  /** undefined if there is no playlist at the address, or if it exceeds a limit. */
  async load(uri: string, label: string): Promise<MultivariantPlaylist | MediaPlaylist | undefined> {
    if (this.isFull) {
      this.resources.note('further playlists were not requested: those before them exceed the limits');
      return undefined;
    }
    const { status, bytes, error, transport } = await this.resources.read(uri, { role: 'playlist', label });
    if ((status !== 200 && status !== 206) || error !== undefined) return undefined;
    const text = bytes.toString('utf8');
    // RFC 3986 5.1.3: relative URIs are resolved against the address after redirects.
    const playlist = readPlaylist(text, transport?.redirects.at(-1) ?? uri);
    const excess = playlist?.kind === 'media' ? (playlist.excess ?? this.addToSums(playlist)) : undefined;
    if (excess !== undefined) {
      this.isFull ||= playlist?.kind === 'media' && playlist.excess === undefined;
      this.excesses.push({ uri, message: `${label} was not checked: ${excess}` });
      return undefined;
    }
    const reason = playlist
      ? (findEncodingDefect(bytes) ?? this.findRefusal(playlist, label))
      : 'it does not begin with #EXTM3U';
    if (reason !== undefined) this.refusals.push({ uri, reason });
    if (text.includes('{$')) {
      this.resources.note(`${label} uses variables, which this checker does not substitute`);
    }
    return playlist;
  }

  /** Loads a playlist that must be a media playlist. */
  async loadMedia(uri: string, name: string): Promise<MediaPlaylist | undefined> {
    const playlist = await this.load(uri, `rendition ${name}: its playlist`);
    if (playlist?.kind !== 'multivariant') return playlist;
    this.refusals.push({ uri, reason: 'it is a multivariant playlist where a media playlist is required' });
    return undefined;
  }

  /** Limits the entries of a multivariant playlist, because rules compare every one of them. */
  limitEntries(playlist: MultivariantPlaylist): MultivariantPlaylist {
    const take = (entries: readonly PlaylistEntry[], what: string): readonly PlaylistEntry[] => {
      if (entries.length > maxEntries) {
        this.resources.note(`${what}: ${maxEntries} of ${entries.length} were checked`);
        const message = `it has ${entries.length} ${what}, over the limit of ${maxEntries}`;
        this.excesses.push({ uri: playlist.uri, message });
      }
      return entries.slice(0, maxEntries);
    };
    const variants = take(playlist.variants, 'variants');
    const iframes = take(playlist.iframes, 'I-frame variants');
    return { ...playlist, variants, iframes, media: take(playlist.media, 'alternative renditions') };
  }

  /**
   * Counts a media playlist; returns a description of the limit that all of them exceed together, if they do.
   */
  private addToSums({ segments, text }: MediaPlaylist): string | undefined {
    const { sums, maxSegments } = this;
    sums.segments += segments.length;
    sums.characters += segments.reduce((sum, { uri }) => sum + uri.length, text.length);
    if (sums.segments > maxSegments) {
      return `the playlists up to it have ${sums.segments} segments, over the limit of ${maxSegments}`;
    }
    if (sums.characters <= maxInAll.characters) return undefined;
    return (
      `the playlists up to it, with their addresses, have ${sums.characters} characters, ` +
      `over the limit of ${maxInAll.characters}`
    );
  }

  private findRefusal(playlist: MultivariantPlaylist | MediaPlaylist, label: string): string | undefined {
    // The time of hls-parser grows with the square of the entries.
    const isHuge =
      playlist.kind === 'multivariant' &&
      Math.max(playlist.variants.length, playlist.iframes.length, playlist.media.length) > maxEntries;
    if (!isHuge) return findStrictRefusal(playlist.text);
    this.resources.note(`${label} has too many entries for the strict parser, which was not run on it`);
    return undefined;
  }
}

/** RFC 8216 4: clients should reject a playlist that is not UTF-8 or has a byte order mark. */
function findEncodingDefect(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return 'it is not UTF-8';
  return bytes.indexOf('\uFEFF') === 0 ? 'it begins with a byte order mark' : undefined;
}

/** Returns the reason for which hls-parser in strict mode rejects a playlist; undefined if it accepts it. */
export function findStrictRefusal(text: string): string | undefined {
  const before = getOptions();
  // The options are global to the process; parsing is synchronous, so nothing else runs with them.
  setOptions({ strictMode: true });
  try {
    parse(text);
    return undefined;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    setOptions({ strictMode: false, ...before });
  }
}
