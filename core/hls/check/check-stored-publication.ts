import { multivariantFile } from '#core/contracts/publication-layout.js';
import { type CheckReport, checkPublication } from '#core/hls/check/check-publication.js';
import { loadPresentation } from '#core/hls/check/load/load-presentation.js';
import { type StoredPublication, StoredReader, storedUri } from '#core/hls/check/load/stored-reader.js';

export interface CheckStoredOptions {
  /** Playlists by path that are not stored yet, because the multivariant playlist is stored last. */
  unstored?: ReadonlyMap<string, string>;
  /**
   * Default: 5, because the tasks that stored the segments inspected every one. The sizes of all segments are
   * known.
   */
  maxSegmentsPerRendition?: number;
}

/** Checks a publication in storage, before anything points at it. */
export async function checkStoredPublication(
  stored: StoredPublication,
  options: CheckStoredOptions = {},
): Promise<CheckReport> {
  const unstored = new Map(
    [...(options.unstored ?? [])].map(([path, text]) => [path, Buffer.from(text, 'utf8')]),
  );
  const reader = new StoredReader({
    read: async (path) => unstored.get(path) ?? stored.read(path),
    sizeOf: (path) => unstored.get(path)?.length ?? stored.sizeOf(path),
  });
  return checkPublication(
    await loadPresentation(reader, storedUri(multivariantFile), {
      maxSegmentsPerRendition: options.maxSegmentsPerRendition ?? 5,
    }),
  );
}
