import { multivariantFile } from '#core/contracts/publication-layout.js';
import { type CheckReport, reportOf } from '#core/hls/check/check-url.js';
import { loadPresentation } from '#core/hls/check/load/load-presentation.js';
import { type StoredPublication, StoredReader, storedUri } from '#core/hls/check/load/stored-reader.js';

export interface CheckStoredOptions {
  /** Texts that are to be stored but are not yet, by path: the multivariant playlist goes last. */
  unstored?: ReadonlyMap<string, string>;
  /**
   * 5 where absent: the tasks that stored segments looked into every one of them. Sizes are known for all.
   */
  maxSegmentsPerRendition?: number;
}

/** Checks a publication where it is stored, before anything points at it. */
export async function checkStoredPublication(
  stored: StoredPublication,
  options: CheckStoredOptions = {},
): Promise<CheckReport> {
  const texts = new Map(
    [...(options.unstored ?? [])].map(([path, text]) => [path, Buffer.from(text, 'utf8')]),
  );
  const reader = new StoredReader({
    read: async (path) => texts.get(path) ?? stored.read(path),
    sizeOf: (path) => texts.get(path)?.length ?? stored.sizeOf(path),
  });
  return reportOf(
    await loadPresentation(reader, storedUri(multivariantFile), {
      maxSegmentsPerRendition: options.maxSegmentsPerRendition ?? 5,
    }),
  );
}
