import {
  type ListedCopy,
  type ListedRendition,
  listRenditions,
} from '#core/hls/check/load/list-renditions.js';
import { PlaylistLoader } from '#core/hls/check/load/playlist-loader.js';
import { RenditionLoader } from '#core/hls/check/load/rendition-loader.js';
import {
  type LoadProgress,
  type PresentationReader,
  ResourceReader,
} from '#core/hls/check/load/resource-reader.js';
import type { LoadedPresentation } from '#core/hls/check/presentation/loaded-presentation.js';
import { type MediaPlaylist, type MultivariantPlaylist, resolveUri } from '#core/hls/read/playlist.js';

export interface LoadOptions {
  /** Read at most this many segments of each rendition, spread evenly, including the first and the last. */
  maxSegmentsPerRendition: number;
  /** Check playlists with at most this many segments in all. Default: a million. */
  maxSegmentsInAll?: number;
  onProgress?: ((progress: LoadProgress) => void) | undefined;
}

export interface LoadResult {
  presentation: LoadedPresentation;
  /** What was not checked and why, one sentence each. */
  notes: string[];
  bytesRead: number;
}

const concurrency = 4;
const maxPlaylists = 200;

/** Loads a presentation of any origin. What cannot be inspected is noted, never thrown. */
export async function loadPresentation(
  reader: PresentationReader,
  uri: string,
  options: LoadOptions,
): Promise<LoadResult> {
  return new PresentationLoader(reader, options).load(uri);
}

class PresentationLoader {
  private readonly resources: ResourceReader;
  private readonly playlists: PlaylistLoader;
  private readonly differingCopies: { uri: string; referenceUri: string }[] = [];

  constructor(
    reader: PresentationReader,
    private readonly options: LoadOptions,
  ) {
    this.resources = new ResourceReader(reader, options.onProgress);
    this.playlists = new PlaylistLoader(this.resources, options.maxSegmentsInAll);
  }

  async load(uri: string): Promise<LoadResult> {
    const root = await this.playlists.load(uri, 'the playlist');
    const multivariant = root?.kind === 'multivariant' ? this.playlists.limitEntries(root) : undefined;
    if (multivariant?.isBeingEncoded) {
      this.resources.note(
        'the title is still being encoded: its bandwidths are upper bounds, ' +
          'and it has no I-frame playlists yet',
      );
    }
    const loaders: RenditionLoader[] = [];
    if (root?.kind === 'media') {
      this.resources.note('the address is a media playlist: rules about variants are not checked');
      const listed = { uri, name: 'media', kind: root.isIframesOnly ? 'iframes' : 'video' } as const;
      loaders.push(new RenditionLoader(this.resources, listed, root));
    }
    if (multivariant) {
      await this.requestSteering(multivariant);
      loaders.push(...(await this.loadRenditions(multivariant)));
    }
    await this.readSegments(loaders);
    if (loaders.some((each) => each.lacksSizes)) {
      this.resources.note('bandwidths were not measured: not all segments of every rendition were read');
    }
    const { differingCopies } = this;
    const { answers, notes, bytesRead } = this.resources;
    const { refusals, excesses } = this.playlists;
    const renditions = new Map(loaders.map((each) => [each.uri, each.finish()]));
    const presentation = { uri, multivariant, renditions, answers, refusals, excesses, differingCopies };
    return { presentation, notes: [...notes], bytesRead };
  }

  /** Requests the steering manifest, unless it is part of the playlist as a `data:` URI. */
  private async requestSteering({ uri, steering }: MultivariantPlaylist): Promise<void> {
    const address = resolveUri(steering?.get('SERVER-URI') ?? 'data:', uri);
    if (address.startsWith('data:')) return;
    await this.resources.read(address, { role: 'steering', label: 'the steering manifest' });
  }

  private async loadRenditions(multivariant: MultivariantPlaylist): Promise<RenditionLoader[]> {
    const { renditions, copies } = this.limitPlaylists(multivariant);
    this.resources.resourcesFound += renditions.length + copies.length;
    const loaders = new Map<string, RenditionLoader>();
    await runConcurrently(renditions, async (rendition) => {
      const playlist = await this.playlists.loadMedia(rendition.uri, rendition.name);
      if (playlist) loaders.set(rendition.uri, new RenditionLoader(this.resources, rendition, playlist));
    });
    await runConcurrently(copies, async (copy) => {
      await this.compareCopy(copy, loaders.get(copy.referenceUri)?.playlist);
    });
    // In playlist order, whichever was loaded first.
    return renditions.flatMap(({ uri }) => loaders.get(uri) ?? []);
  }

  private limitPlaylists(multivariant: MultivariantPlaylist): {
    renditions: ListedRendition[];
    copies: ListedCopy[];
  } {
    const all = listRenditions(multivariant);
    const renditions = all.renditions.slice(0, maxPlaylists);
    if (renditions.length < all.renditions.length) {
      const count = all.renditions.length;
      this.resources.note(`${count - renditions.length} of ${count} renditions were not read: too many`);
      const message = `it has ${count} renditions, over the limit of ${maxPlaylists}`;
      this.playlists.excesses.push({ uri: multivariant.uri, message });
    }
    const copies = all.copies.slice(0, maxPlaylists);
    if (copies.length < all.copies.length) {
      this.resources.note(
        `${copies.length} of ${all.copies.length} playlists of other pathways were compared`,
      );
    }
    return { renditions, copies };
  }

  private async compareCopy(copy: ListedCopy, reference: MediaPlaylist | undefined): Promise<void> {
    const playlist = await this.playlists.loadMedia(copy.uri, copy.name);
    if (!playlist || !reference || !playlist.isEnded || !reference.isEnded) return;
    if (playlist.text !== reference.text) {
      this.differingCopies.push({ uri: copy.uri, referenceUri: copy.referenceUri });
    } else {
      this.resources.note(
        'only the media of the first pathway was read; the others serve the same playlists',
      );
    }
  }

  private async readSegments(loaders: readonly RenditionLoader[]): Promise<void> {
    await runConcurrently(loaders, (loader) => loader.readInits());
    const wanted = loaders.flatMap((loader) =>
      loader
        .chooseSegments(this.options.maxSegmentsPerRendition)
        .map((segmentIndex, order) => ({ loader, segmentIndex, isFirst: order === 0 })),
    );
    this.resources.resourcesFound = this.resources.answers.length + wanted.length;
    // The first segment of a rendition may hold the parameter sets that later ones are read with.
    for (const isFirst of [true, false]) {
      const batch = wanted.filter((each) => each.isFirst === isFirst);
      await runConcurrently(batch, ({ loader, segmentIndex }) => loader.readSegment(segmentIndex));
    }
  }
}

/** Runs `work` on every item, at most `concurrency` at once. Rejects with the first rejection. */
async function runConcurrently<Item>(
  items: Iterable<Item>,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const queue = items[Symbol.iterator]();
  const runner = async (): Promise<void> => {
    for (let next = queue.next(); !next.done; next = queue.next()) await work(next.value);
  };
  await Promise.all(Array.from({ length: concurrency }, runner));
}
