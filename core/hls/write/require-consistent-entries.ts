import type { AudioEntry, MultivariantModel, StreamEntry } from '#core/hls/write/multivariant-model.js';
import { PlaylistWriteError } from '#core/hls/write/playlist-write-error.js';

/** Throws PlaylistWriteError if the entries of a multivariant playlist contradict each other. */
export function requireConsistentEntries({ audio, variants, iframes, steering }: MultivariantModel): void {
  if (variants.length === 0) throw new PlaylistWriteError('a multivariant playlist needs a variant');
  const groups = new Map<string, AudioEntry[]>();
  for (const entry of audio) groups.set(entry.groupId, [...(groups.get(entry.groupId) ?? []), entry]);
  for (const [groupId, entries] of groups) requireAudioGroup(groupId, entries);
  for (const { audioGroupId, stableVariantId } of variants) {
    if (!groups.has(audioGroupId)) {
      throw new PlaylistWriteError(
        `variant ${stableVariantId} names audio group ${audioGroupId}, which does not exist`,
      );
    }
  }
  const entries = [...variants, ...iframes];
  requireAllOrNone(entries, 'SCORE', ({ score }) => score !== undefined);
  requireAllOrNone(entries, 'VIDEO-RANGE', ({ videoRange }) => videoRange !== undefined);
  if (steering && !variants.some(({ pathwayId }) => (pathwayId ?? '.') === steering.pathwayId)) {
    throw new PlaylistWriteError(`no variant is on pathway ${steering.pathwayId}, where players start`);
  }
}

/** RFC 8216 4.3.4.1.1: names differ within a group, and at most one member is the default. */
function requireAudioGroup(groupId: string, entries: readonly AudioEntry[]): void {
  if (new Set(entries.map(({ name }) => name)).size < entries.length) {
    throw new PlaylistWriteError(`audio group ${groupId} has two renditions with the same name`);
  }
  if (entries.filter(({ isDefault }) => isDefault).length > 1) {
    throw new PlaylistWriteError(`audio group ${groupId} has two default renditions`);
  }
}

function requireAllOrNone(
  entries: readonly StreamEntry[],
  attribute: string,
  has: (entry: StreamEntry) => boolean,
): void {
  const count = entries.filter(has).length;
  if (count !== 0 && count !== entries.length) {
    throw new PlaylistWriteError(`${attribute} is on ${count} of ${entries.length} variants: all or none`);
  }
}
