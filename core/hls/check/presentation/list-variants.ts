import type {
  LoadedPresentation,
  LoadedRendition,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { nameEntry } from '#core/hls/check/presentation/name-entry.js';
import type { MultivariantPlaylist, PlaylistEntry } from '#core/hls/read/playlist.js';

/** A variant with the renditions that play with it. */
export interface VariantView {
  entry: PlaylistEntry;
  name: string;
  video: LoadedRendition | undefined;
  /** Entries of its audio group; variants with the same group share the array. */
  audioEntries: readonly PlaylistEntry[];
  /** Distinct renditions of those entries that could be loaded. */
  audio: readonly LoadedRendition[];
}

/** Lists the variants of the first pathway. */
export function listVariants(presentation: LoadedPresentation): VariantView[] {
  const { multivariant, renditions } = presentation;
  if (!multivariant) return [];
  const none = { audioEntries: [], audio: [] };
  // Built once per group: a group may be as long as the list of variants, and every variant may use the same
  // one.
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

/** EXT-X-MEDIA entries of a type, by GROUP-ID. */
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

/**
 * The pathway whose renditions are checked: the one where steering starts players, or else that of the first
 * variant.
 */
export function firstPathway(playlist: MultivariantPlaylist): string | undefined {
  return playlist.steering?.get('PATHWAY-ID') ?? playlist.variants[0]?.attributes.get('PATHWAY-ID');
}

/**
 * The entries on a pathway; all entries if none is on it. The default pathway is `.` (RFC 8216bis 4.4.6.2).
 */
export function entriesOnPathway(
  entries: readonly PlaylistEntry[],
  pathwayId: string | undefined,
): PlaylistEntry[] {
  const matching = entries.filter(
    (entry) => (entry.attributes.get('PATHWAY-ID') ?? '.') === (pathwayId ?? '.'),
  );
  return matching.length > 0 ? matching : [...entries];
}
