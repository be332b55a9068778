import type { SourceFile } from '#workers/containers/source-file.js';

/** Spaced evenly from the first bytes of the file to the last. */
const maxSamples = 64;
/** Lasts 0.1 s at 16 Mb/s, the longest time between clock references; faster streams repeat them sooner. */
const sampleBytes = 200_000;
/** References have 33 bits at 90 kHz, so they wrap around after 26.5 hours without a discontinuity. */
const wrapSeconds = 2 ** 33 / 90_000;

/**
 * Returns the largest step back of an MPEG stream's clock references (PCR, SCR) from one sample of the file
 * to the next, in seconds; 0 without one. The references of files joined end to end step back where the next
 * file begins, and ffmpeg seeks in the last file only. `firstReferences` returns the first reference of each
 * program in a sample, in seconds, under a number that identifies the program.
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
