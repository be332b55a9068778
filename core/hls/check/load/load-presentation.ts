import { isUtf8 } from 'node:buffer';
import { findStrictRefusal } from '#core/hls/check/load/find-strict-refusal.js';
import {
  type ListedCopy,
  type ListedRendition,
  listRenditions,
} from '#core/hls/check/load/list-renditions.js';
import type { Asking, PresentationReader, ReadAnswer } from '#core/hls/check/load/presentation-reader.js';
import { RenditionLoader } from '#core/hls/check/load/rendition-loader.js';
import { runConcurrently } from '#core/hls/check/load/run-concurrently.js';
import type {
  Answer,
  LoadedPresentation,
  LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import type {
  ByteRange,
  MediaPlaylist,
  MultivariantPlaylist,
  PlaylistEntry,
} from '#core/hls/read/playlist.js';
import { readPlaylist } from '#core/hls/read/read-playlist.js';
import { resolveUri } from '#core/hls/read/resolve-uri.js';

export interface LoadOptions {
  /** Read at most this many segments of each rendition, spread evenly, the first and the last among them. */
  maxSegmentsPerRendition: number;
  /** Look into playlists of at most this many segments together; a million where absent. */
  maxSegmentsInAll?: number;
  onProgress?:
    | ((progress: { resourcesRead: number; resourcesFound: number; label: string }) => void)
    | undefined;
}

export interface LoadResult {
  presentation: LoadedPresentation;
  /** What was not checked, and why: one sentence each. */
  notes: string[];
  bytesRead: number;
}

const concurrency = 4;
const maxPlaylists = 200;
/**
 * Of variants, I-frame variants and alternative renditions each; real playlists have a tenth. Every one is
 * compared.
 */
const maxEntries = 500;
/** Of all media playlists together: segments, and characters of texts and of addresses made absolute. */
const maxInAll = { segments: 1_000_000, characters: 2 ** 28 };
const limits = {
  playlist: 10 * 2 ** 20,
  init: 4 * 2 ** 20,
  segment: 256 * 2 ** 20,
  steering: 2 ** 20,
} as const;

/** Reads a presentation, whoever made it. What cannot be looked into is noted, never thrown. */
export async function loadPresentation(
  reader: PresentationReader,
  uri: string,
  options: LoadOptions,
): Promise<LoadResult> {
  const loader = new Loader(reader, options);
  return loader.load(uri);
}

class Loader implements Asking {
  private readonly answers: Answer[] = [];
  private readonly notes = new Set<string>();
  private readonly excesses: { uri: string; message: string }[] = [];
  private readonly sums = { segments: 0, characters: 0 };
  /** A playlist came that is too much with those before it. */
  private isFull = false;
  private readonly refusals: { uri: string; reason: string }[] = [];
  private readonly differingCopies: { uri: string; referenceUri: string }[] = [];
  private bytesRead = 0;
  private resourcesFound = 1;

  constructor(
    private readonly reader: PresentationReader,
    private readonly options: LoadOptions,
  ) {}

  async load(uri: string): Promise<LoadResult> {
    const root = await this.readPlaylist(uri, 'the playlist');
    const multivariant = root?.kind === 'multivariant' ? this.bounded(root) : undefined;
    if (multivariant?.isBeingEncoded) {
      this.note(
        'it says that its media is still being encoded: bandwidths are bounds, and I-frame playlists are yet to come',
      );
    }
    const media: RenditionLoader[] = [];
    if (root?.kind === 'media') {
      this.note('the address is a media playlist: what a multivariant playlist would declare is not checked');
      media.push(new RenditionLoader(this, { uri, name: 'media', kind: kindOfRoot(root) }, root));
    }
    if (multivariant) {
      await this.askSteering(multivariant);
      media.push(...(await this.readRenditions(multivariant)));
    }
    await this.readSegments(media);
    if (media.some((each) => each.lacksSizes)) {
      this.note('bandwidths were not measured: not all segments of every rendition were read');
    }
    const renditions = new Map<string, LoadedRendition>(media.map((each) => [each.uri, each.finish()]));
    const { answers, refusals, excesses, differingCopies, bytesRead } = this;
    const presentation = { uri, multivariant, renditions, answers, refusals, excesses, differingCopies };
    return { presentation, notes: [...this.notes], bytesRead };
  }

  async ask(
    uri: string,
    about: { role: Answer['role']; label: string; range?: ByteRange | undefined },
  ): Promise<ReadAnswer & { record: Answer }> {
    const { role, label, range } = about;
    const answer = await this.reader.read(uri, { range, limitBytes: limits[role] });
    const { status, error, transport } = answer;
    const record: Answer = { uri, role, label, status, error, transport };
    this.answers.push(record);
    this.bytesRead += answer.bytes.length;
    this.options.onProgress?.({
      resourcesRead: this.answers.length,
      resourcesFound: Math.max(this.resourcesFound, this.answers.length),
      label,
    });
    return { ...answer, record };
  }

  sizeOf(uri: string): number | undefined {
    return this.reader.sizeOf(uri);
  }

  note(sentence: string): void {
    this.notes.add(sentence);
  }

  private async readPlaylist(
    uri: string,
    label: string,
  ): Promise<MultivariantPlaylist | MediaPlaylist | undefined> {
    if (this.isFull) {
      this.note('further playlists were not asked for: those before have more segments than are read');
      return undefined;
    }
    const { status, bytes, error, transport } = await this.ask(uri, { role: 'playlist', label });
    if ((status !== 200 && status !== 206) || error !== undefined) return undefined;
    const text = bytes.toString('utf8');
    // RFC 3986 5.1.3: what it names is relative to where it was found in the end.
    const playlist = readPlaylist(text, transport?.redirects.at(-1) ?? uri);
    const excess = playlist?.kind === 'media' ? (playlist.excess ?? this.sumUp(playlist)) : undefined;
    if (excess !== undefined) {
      this.isFull ||= playlist?.kind === 'media' && playlist.excess === undefined;
      this.excesses.push({ uri, message: `${label} was not looked into: ${excess}` });
      return undefined;
    }
    const reason = playlist
      ? (encodingDefect(bytes) ?? this.refusalOf(text, playlist, label))
      : 'it does not begin with #EXTM3U';
    if (reason !== undefined) this.refusals.push({ uri, reason });
    if (text.includes('{$')) this.note(`${label} uses variables, which this checker does not replace`);
    return playlist;
  }

  /** It may be in the playlist itself, as a `data:` URI: then there is nobody to ask. */
  private async askSteering({ uri, steering }: MultivariantPlaylist): Promise<void> {
    const address = resolveUri(steering?.get('SERVER-URI') ?? 'data:', uri);
    if (!address.startsWith('data:'))
      await this.ask(address, { role: 'steering', label: 'the steering manifest' });
  }

  /** What is too much with this playlist, in words. */
  private sumUp({ segments, text }: MediaPlaylist): string | undefined {
    const { sums } = this;
    sums.segments += segments.length;
    sums.characters += segments.reduce((sum, { uri }) => sum + uri.length, text.length);
    const maxSegments = this.options.maxSegmentsInAll ?? maxInAll.segments;
    if (sums.segments > maxSegments) {
      return `all playlists up to it have ${sums.segments} segments, over ${maxSegments}`;
    }
    return sums.characters > maxInAll.characters
      ? `all playlists up to it, and their addresses, have ${sums.characters} characters, over ${maxInAll.characters}`
      : undefined;
  }

  /** hls-parser's time grows with the square of the entries. */
  private refusalOf(
    text: string,
    playlist: MultivariantPlaylist | MediaPlaylist,
    label: string,
  ): string | undefined {
    const isHuge =
      playlist.kind === 'multivariant' &&
      Math.max(playlist.variants.length, playlist.iframes.length, playlist.media.length) > maxEntries;
    if (!isHuge) return findStrictRefusal(text);
    this.note(`${label} has too many entries for the strict parser, which did not see it`);
    return undefined;
  }

  private bounded(playlist: MultivariantPlaylist): MultivariantPlaylist {
    const take = (entries: readonly PlaylistEntry[], what: string): readonly PlaylistEntry[] => {
      if (entries.length > maxEntries) {
        this.note(`${what}: ${maxEntries} of ${entries.length} were looked at`);
        const message = `it has ${entries.length} ${what}, over ${maxEntries}`;
        this.excesses.push({ uri: playlist.uri, message });
      }
      return entries.slice(0, maxEntries);
    };
    const variants = take(playlist.variants, 'variants');
    const iframes = take(playlist.iframes, 'I-frame variants');
    return { ...playlist, variants, iframes, media: take(playlist.media, 'alternative renditions') };
  }

  private async readRenditions(multivariant: MultivariantPlaylist): Promise<RenditionLoader[]> {
    const { renditions, copies } = listRenditions(multivariant);
    const listed = renditions.slice(0, maxPlaylists);
    if (listed.length < renditions.length) {
      this.note(
        `${renditions.length - listed.length} of ${renditions.length} renditions were not read: too many`,
      );
      const message = `it names ${renditions.length} renditions, over ${maxPlaylists}`;
      this.excesses.push({ uri: multivariant.uri, message });
    }
    const compared = copies.slice(0, maxPlaylists);
    if (compared.length < copies.length) {
      this.note(`${compared.length} of ${copies.length} playlists of other pathways were compared`);
    }
    this.resourcesFound += listed.length + compared.length;
    const media = new Map<string, RenditionLoader>();
    await runConcurrently(listed, concurrency, async (rendition) => {
      const playlist = await this.readRendition(rendition);
      if (playlist) media.set(rendition.uri, new RenditionLoader(this, rendition, playlist));
    });
    await runConcurrently(compared, concurrency, async (copy) => {
      await this.compareCopy(copy, media.get(copy.referenceUri));
    });
    // In the playlist's order, whichever came first.
    return listed.flatMap(({ uri }) => media.get(uri) ?? []);
  }

  private async readRendition({ uri, name }: ListedRendition): Promise<MediaPlaylist | undefined> {
    const playlist = await this.readPlaylist(uri, `rendition ${name}: its playlist`);
    if (playlist?.kind !== 'multivariant') return playlist;
    this.refusals.push({ uri, reason: 'it is a multivariant playlist, named as a media playlist' });
    return undefined;
  }

  private async compareCopy(copy: ListedCopy, reference: RenditionLoader | undefined): Promise<void> {
    const playlist = await this.readRendition(copy);
    if (!playlist || !reference || !playlist.isEnded || !reference.playlist.isEnded) return;
    if (playlist.text !== reference.playlist.text) {
      this.differingCopies.push({ uri: copy.uri, referenceUri: reference.uri });
    } else {
      this.note('media was read on the first pathway only; the other pathways serve the same playlists');
    }
  }

  private async readSegments(media: readonly RenditionLoader[]): Promise<void> {
    await runConcurrently(media, concurrency, (each) => each.readInits());
    const wanted = media.flatMap((each) =>
      each
        .choose(this.options.maxSegmentsPerRendition)
        .map((segmentIndex, order) => ({ each, segmentIndex, isFirst: order === 0 })),
    );
    this.resourcesFound = this.answers.length + wanted.length;
    // The first tells what those after it are read with.
    for (const isNow of [true, false]) {
      const now = wanted.filter(({ isFirst }) => isFirst === isNow);
      await runConcurrently(now, concurrency, ({ each, segmentIndex }) => each.readSegment(segmentIndex));
    }
  }
}

/** RFC 8216 4: clients should refuse what is not UTF-8, or has a byte order mark. */
function encodingDefect(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return 'it is not UTF-8';
  return bytes.indexOf('\uFEFF') === 0 ? 'it begins with a byte order mark' : undefined;
}

const kindOfRoot = (playlist: MediaPlaylist): ListedRendition['kind'] =>
  playlist.isIframesOnly ? 'iframes' : 'video';
