import type { MediaPlaylist, MultivariantPlaylist, PlaylistEntry } from '#core/hls/read/playlist.js';
import type { TrackFacts, TrackKind } from '#core/isobmff/read-init.js';

/** How one resource answered. */
export interface Answer {
  uri: string;
  role: 'playlist' | 'init' | 'segment' | 'steering';
  /** What it is, in words: `rendition h264-720: segment 41`. */
  label: string;
  /** An HTTP status; 200 for storage. undefined where nothing answered. */
  status: number | undefined;
  /** Why nothing answered, or why what answered is not whole. */
  error: string | undefined;
  /** undefined where no HTTP was spoken. */
  transport: Transport | undefined;
}

export interface Transport {
  contentType: string | undefined;
  contentEncoding: string | undefined;
  /** Where the request was sent on to, in order. */
  redirects: readonly string[];
}

/** What a segment was found to hold. */
export interface SegmentMedia {
  segmentIndex: number;
  /** When its first sample is shown, seconds on the media's time line. */
  startSeconds: number;
  durationSeconds: number;
  /** By how much the duration may be wrong; 0 where the media tells it. */
  uncertainSeconds: number;
  /** Samples of the main track. */
  frames: number;
  /** Without a key frame. */
  maxGopSeconds: number;
  startsWithSync: boolean;
  /** By the coded picture itself; undefined where that cannot be told. */
  startsWithIdr: boolean | undefined;
}

/** What an I-frame playlist's byte range was found to hold. */
export interface IframeMedia {
  segmentIndex: number;
  /** What is wrong with it, if anything is. */
  defect: string | undefined;
}

export type RenditionKind = 'video' | 'audio' | 'subtitles' | 'iframes';

export interface LoadedRendition {
  /** `h264-720`: a stable id where there is one, else from the URI. */
  name: string;
  kind: RenditionKind;
  playlist: MediaPlaylist;
  /** Of the first init segment; empty where it could not be read. */
  tracks: readonly TrackFacts[];
  /** RFC 6381, of every init segment that was read, each once; undefined where one of them is not known. */
  codecStrings: readonly string[] | undefined;
  /** Fragmented MP4 and transport streams are looked into. */
  container: 'fmp4' | 'mpegts' | 'webvtt' | 'unknown';
  /** fMP4 with no EXT-X-MAP. */
  lacksMap: boolean;
  /** Those that were read, in order. */
  segments: readonly SegmentMedia[];
  iframes: readonly IframeMedia[];
  /** Bytes of each segment; undefined where not known. */
  segmentBytes: readonly (number | undefined)[];
}

/** A presentation, read: all that the rules look at. */
export interface LoadedPresentation {
  uri: string;
  multivariant: MultivariantPlaylist | undefined;
  /** By the URI of the media playlist; those of one pathway. */
  renditions: ReadonlyMap<string, LoadedRendition>;
  answers: readonly Answer[];
  /** Playlists of other pathways, whose content differs from the first one's. */
  differingCopies: readonly { uri: string; referenceUri: string }[];
  /** Playlists, with why an independent strict parser refuses them. */
  refusals: readonly { uri: string; reason: string }[];
  /** Playlists of more than is read, with how much more. */
  excesses: readonly { uri: string; message: string }[];
}

export const findTrack = (rendition: LoadedRendition, kind: TrackKind): TrackFacts | undefined =>
  rendition.tracks.find((track) => track.kind === kind);

/** The pathway whose renditions are looked at: where steering starts players, else the first variant's. */
export function firstPathway(playlist: MultivariantPlaylist): string | undefined {
  return playlist.steering?.get('PATHWAY-ID') ?? playlist.variants[0]?.attributes.get('PATHWAY-ID');
}

/** Entries on that pathway; all where pathways are not used. */
export function entriesOnPathway(
  entries: readonly PlaylistEntry[],
  pathwayId: string | undefined,
): PlaylistEntry[] {
  const there = entries.filter((entry) => (entry.attributes.get('PATHWAY-ID') ?? '.') === (pathwayId ?? '.'));
  return there.length > 0 ? there : [...entries];
}

/** A variant, with the renditions that play with it. */
export interface VariantView {
  entry: PlaylistEntry;
  name: string;
  video: LoadedRendition | undefined;
  /** Entries of its audio group, as they stand; shared by the variants of one group. */
  audioEntries: readonly PlaylistEntry[];
  /** What those entries name and could be loaded: each once. */
  audio: readonly LoadedRendition[];
}

/** Characters of a name in messages: one of a megabyte would be in every finding about its segments. */
const maxNameCharacters = 100;

export function nameEntry(entry: PlaylistEntry): string {
  const name = wholeNameOf(entry);
  return name.length > maxNameCharacters ? `${name.slice(0, maxNameCharacters)}…` : name;
}

function wholeNameOf({ attributes, uri }: PlaylistEntry): string {
  const id = attributes.get('STABLE-VARIANT-ID') ?? attributes.get('STABLE-RENDITION-ID');
  if (id !== undefined && id !== '') return id;
  const path = URL.canParse(uri) ? new URL(uri).pathname : uri;
  const pieces = path.split('/').filter((piece) => piece !== '');
  return pieces.slice(-2).join('/') || (attributes.get('NAME') ?? uri);
}

/** The variants of the first pathway. */
export function listVariants(presentation: LoadedPresentation): VariantView[] {
  const { multivariant, renditions } = presentation;
  if (!multivariant) return [];
  const none = { audioEntries: [], audio: [] };
  // Once for a group: every variant may name the same one, and it may be as long as the list of variants.
  const groups = new Map(
    [...groupEntries(multivariant, 'AUDIO')].map(([groupId, audioEntries]) => {
      const audio = new Set(audioEntries.flatMap(({ uri }) => renditions.get(uri) ?? []));
      return [groupId, { audioEntries, audio: [...audio] }];
    }),
  );
  return entriesOnPathway(multivariant.variants, firstPathway(multivariant)).map((entry) => {
    const groupId = entry.attributes.get('AUDIO');
    const group = groupId === undefined ? undefined : groups.get(groupId);
    return { entry, name: nameEntry(entry), video: renditions.get(entry.uri), ...(group ?? none) };
  });
}

/** EXT-X-MEDIA entries of a type, in the groups that exist. */
export function groupEntries({ media }: MultivariantPlaylist, type: string): Map<string, PlaylistEntry[]> {
  const groups = new Map<string, PlaylistEntry[]>();
  for (const entry of media) {
    if (entry.attributes.get('TYPE') !== type) continue;
    const groupId = entry.attributes.get('GROUP-ID') ?? '';
    const group = groups.get(groupId);
    if (group) group.push(entry);
    else groups.set(groupId, [entry]);
  }
  return groups;
}

export const renditionsOf = (presentation: LoadedPresentation, kind: RenditionKind): LoadedRendition[] =>
  [...presentation.renditions.values()].filter((rendition) => rendition.kind === kind);
