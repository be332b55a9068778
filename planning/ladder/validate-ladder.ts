import { z } from 'zod';
import { customRungSchema, maxCustomRungs } from '#core/contracts/upload-settings.js';
import { formatBitrate } from '#planning/ladder/format-bitrate.js';

/**
 * Bits a pixel and frame, at 16:9 and 30 frames a second. Below the least there is nothing but blocks; above
 * the most even noise has no use for them. Wide: a cartoon and film grain lie a hundredfold apart.
 */
const minBitsPerPixel = 0.004;
const maxBitsPerPixel = 2;

const nameOf = ({ height, maxBitsPerSecond }: MeasuredRung, index: number): string =>
  `rung ${index + 1} (${height} lines, ${formatBitrate(maxBitsPerSecond)})`;

/** What these rules need of a rung; whatever else it holds is the schema's to judge. */
const measuredRung = z.object(customRungSchema.pick({ height: true, maxBitsPerSecond: true }).shape);
type MeasuredRung = z.infer<typeof measuredRung>;

/**
 * What is wrong between the numbers of an upload's own ladder, each in a sentence; empty for a good one and
 * for presets. Rungs that have no such numbers are passed over, so that the errors of the others are named
 * beside theirs.
 */
export function validateLadder(ladder: unknown): string[] {
  if (!Array.isArray(ladder)) return [];
  const rungs = ladder.slice(0, maxCustomRungs).map((rung) => measuredRung.safeParse(rung).data);
  return rungs.flatMap((rung, index) =>
    rung ? [...bitrateErrors(rung, index), ...orderErrors(rungs, rung, index)] : [],
  );
}

function bitrateErrors(rung: MeasuredRung, index: number): string[] {
  const pixelsPerSecond = ((rung.height * rung.height * 16) / 9) * 30;
  const [min, max] = [minBitsPerPixel * pixelsPerSecond, maxBitsPerPixel * pixelsPerSecond];
  if (rung.maxBitsPerSecond < min)
    return [
      `${nameOf(rung, index)} has too few bits: ${rung.height} lines need ${formatBitrate(min)} at the least`,
    ];
  if (rung.maxBitsPerSecond > max)
    return [
      `${nameOf(rung, index)} has too many bits: ${rung.height} lines can use ${formatBitrate(max)} at the most`,
    ];
  return [];
}

/** Compares a rung with the one before it, and with all before it for sameness. */
function orderErrors(
  ladder: readonly (MeasuredRung | undefined)[],
  rung: MeasuredRung,
  index: number,
): string[] {
  const twin = ladder.findIndex(
    (other) => other?.height === rung.height && other.maxBitsPerSecond === rung.maxBitsPerSecond,
  );
  if (twin < index) return [`${nameOf(rung, index)} is rung ${twin + 1} again`];
  const before = ladder[index - 1];
  if (!before) return [];
  const name = nameOf(rung, index);
  if (rung.maxBitsPerSecond <= before.maxBitsPerSecond)
    return [`${name} must have more bits than ${nameOf(before, index - 1)}: rungs ascend`];
  if (rung.height < before.height)
    return [`${name} has more bits but fewer lines than ${nameOf(before, index - 1)}`];
  return [];
}
