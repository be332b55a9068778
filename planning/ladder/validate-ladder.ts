import { z } from 'zod';
import { customRungSchema, maxCustomRungs } from '#core/contracts/upload-settings.js';
import { formatBitrate } from '#planning/ladder/explain-omission.js';

/**
 * Bits per pixel at 16:9 and 30 frames per second. Below the minimum everything is blocks; above the maximum
 * not even noise improves. The range is wide because film grain needs a hundred times the bits of a cartoon.
 */
const minBitsPerPixel = 0.004;
const maxBitsPerPixel = 2;

const nameOf = ({ height, maxBitsPerSecond }: ComparedRung, index: number): string =>
  `rung ${index + 1} (${height} lines, ${formatBitrate(maxBitsPerSecond)})`;

/** The fields that these rules compare; the schema checks the rest. */
const comparedRung = z.object(customRungSchema.pick({ height: true, maxBitsPerSecond: true }).shape);
type ComparedRung = z.infer<typeof comparedRung>;

/**
 * Finds errors between the numbers of a custom ladder, one sentence each; none for a preset. Rungs without
 * valid numbers are skipped, so that their schema errors and the errors of the other rungs are reported
 * together.
 */
export function validateLadder(ladder: unknown): string[] {
  if (!Array.isArray(ladder)) return [];
  const rungs = ladder.slice(0, maxCustomRungs).map((rung) => comparedRung.safeParse(rung).data);
  return rungs.flatMap((rung, index) =>
    rung ? [...bitrateErrors(rung, index), ...orderErrors(rungs, rung, index)] : [],
  );
}

function bitrateErrors(rung: ComparedRung, index: number): string[] {
  const pixelsPerSecond = ((rung.height * rung.height * 16) / 9) * 30;
  const [min, max] = [minBitsPerPixel * pixelsPerSecond, maxBitsPerPixel * pixelsPerSecond];
  if (rung.maxBitsPerSecond < min)
    return [
      `${nameOf(rung, index)} has too few bits: ${rung.height} lines need at least ${formatBitrate(min)}`,
    ];
  if (rung.maxBitsPerSecond > max)
    return [
      `${nameOf(rung, index)} has too many bits: ${rung.height} lines can use at most ${formatBitrate(max)}`,
    ];
  return [];
}

/** Compares a rung with the one before it, and finds the same rung among all before it. */
function orderErrors(
  ladder: readonly (ComparedRung | undefined)[],
  rung: ComparedRung,
  index: number,
): string[] {
  const twin = ladder.findIndex(
    (other) => other?.height === rung.height && other.maxBitsPerSecond === rung.maxBitsPerSecond,
  );
  if (twin < index) return [`${nameOf(rung, index)} repeats rung ${twin + 1}`];
  const before = ladder[index - 1];
  if (!before) return [];
  const name = nameOf(rung, index);
  if (rung.maxBitsPerSecond <= before.maxBitsPerSecond)
    return [`${name} must have more bits than ${nameOf(before, index - 1)}: rungs ascend`];
  if (rung.height < before.height)
    return [`${name} has more bits but fewer lines than ${nameOf(before, index - 1)}`];
  return [];
}
