import type { EncodeTarget } from '#core/contracts/plan.js';

type SizedRung = Pick<EncodeTarget, 'codec' | 'width' | 'height'>;

/**
 * Limit on the luma pixels per frame of all AV1 rungs in one run: one rung of 3840x2160, or a ladder up to
 * 1920x1080.
 *
 * Peak resident memory of one ffmpeg, measured with SVT-AV1 1.4.1, preset 8, two threads: 416x234 135 MiB,
 * 640x360 202, 1280x720 318, 1920x1080 672, 3840x2160 2,109; a 1080p ladder of eight rungs (7.2 megapixels)
 * 2,159. Preset 6 takes a tenth more. libx265 takes 427 MiB at 1920x1080 and 1,244 at 3840x2160; libx264 448
 * at 1920x1080.
 */
const maxAv1Pixels = 3840 * 2160;

/**
 * Address space that an SVT-AV1 encoder reserves and mostly never touches; below it, the encoder does not
 * start or ends early. Measured: about 750 MiB, and 400 MiB per megapixel; the eight rungs 9,777 MiB in all.
 */
const av1BytesOfOne = 2 ** 30;
const av1BytesOfPixel = 640;

const pixelsOf = ({ width, height }: SizedRung): number => width * height;

/** Groups rungs into ffmpeg runs. Several runs bound a slot's memory, but each decodes the source again. */
export function encodeRuns<T extends SizedRung>(rungs: readonly T[]): T[][] {
  const runs: T[][] = [];
  let pixels = 0;
  for (const rung of rungs) {
    const added = rung.codec === 'av1' ? pixelsOf(rung) : 0;
    const run = runs.at(-1);
    if (run && pixels + added <= maxAv1Pixels) {
      run.push(rung);
      pixels += added;
    } else {
      runs.push([rung]);
      pixels = added;
    }
  }
  return runs;
}

/** Address space that the AV1 encoders of a run reserve, beyond what every run may use. */
export function av1MemoryBytes(rungs: readonly SizedRung[]): number {
  return rungs
    .filter(({ codec }) => codec === 'av1')
    .reduce((sum, rung) => sum + av1BytesOfOne + av1BytesOfPixel * pixelsOf(rung), 0);
}
