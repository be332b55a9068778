import type { SourceFile } from '#workers/containers/source-file.js';

/** Samples of the file, evenly spaced from its first bytes to its last. */
const maxSamples = 64;
/** Holds a reference at bitrates up to 16 Mb/s, where one comes every 0.1 s; faster streams have them more often. */
const sampleBytes = 200_000;
/** References of 33 bits at 90 kHz start again from 0 after 26.5 hours: no discontinuity. */
const wrapSeconds = 2 ** 33 / 90_000;

/**
 * The largest step back of an MPEG stream's clock references from one sample of the file to the next, seconds; 0 if there
 * is none. Files joined end to end step back, and ffmpeg seeks in the last of them only. `firstReferences` finds the first
 * reference of every program in a sample, seconds, under a number that identifies the program.
 */
export async function findTimestampReset(
  file: SourceFile,
  firstReferences: (sample: Buffer) => ReadonlyMap<number, number>,
): Promise<number> {
  const latest = new Map<number, number>();
  let max = 0;
  for (const offset of sampleOffsets(file.bytes)) {
    for (const [program, reference] of firstReferences(await file.readAt(offset, sampleBytes))) {
      const back = (latest.get(program) ?? reference) - reference;
      if (back < wrapSeconds / 2) max = Math.max(max, back);
      latest.set(program, reference);
    }
  }
  return max;
}

function sampleOffsets(fileBytes: number): number[] {
  const last = Math.max(0, fileBytes - sampleBytes);
  const count = Math.min(maxSamples, Math.floor(fileBytes / sampleBytes) + 1);
  return Array.from({ length: count }, (_, index) => Math.floor((last * index) / Math.max(1, count - 1)));
}
