import type { MultivariantPlaylist, PlaylistEntry } from '#core/hls/read/playlist.js';

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
