import type { CustomRung, UploadSettings } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';

const mostRungs = 12;
/**
 * Bits a pixel and frame, at 16:9 and 30 frames a second. Below the least there is nothing but blocks; above the most even
 * noise has no use for them. Wide: a cartoon and film grain lie a hundredfold apart.
 */
const leastBitsPerPixel = 0.004;
const mostBitsPerPixel = 2;

const kbps = (bitsPerSecond: number): string => `${Math.round(bitsPerSecond / 1000)} kb/s`;
const nameOf = ({ height, maxBitsPerSecond }: CustomRung, index: number): string =>
  `rung ${index + 1} (${height} lines, ${kbps(maxBitsPerSecond)})`;

/** What is wrong with an upload's own ladder, each in a sentence; empty for a good one and for presets. */
export function validateLadder({ ladder }: Pick<UploadSettings, 'ladder'>): string[] {
  if (!Array.isArray(ladder)) return [];
  const errors: string[] = [];
  if (ladder.length > mostRungs)
    errors.push(`the ladder has ${ladder.length} rungs; ${mostRungs} are the most`);
  for (const [index, rung] of ladder.entries()) {
    errors.push(...bitrateErrors(rung, index), ...orderErrors(ladder, index));
  }
  return errors;
}

function bitrateErrors(rung: CustomRung, index: number): string[] {
  const pixelsPerSecond = ((rung.height * rung.height * 16) / 9) * 30;
  const [least, most] = [leastBitsPerPixel * pixelsPerSecond, mostBitsPerPixel * pixelsPerSecond];
  if (rung.maxBitsPerSecond < least)
    return [`${nameOf(rung, index)} has too few bits: ${rung.height} lines need ${kbps(least)} at the least`];
  if (rung.maxBitsPerSecond > most)
    return [
      `${nameOf(rung, index)} has too many bits: ${rung.height} lines can use ${kbps(most)} at the most`,
    ];
  return [];
}

/** Compares a rung with the one before it, and with all before it for sameness. */
function orderErrors(ladder: readonly CustomRung[], index: number): string[] {
  const rung = ladder[index] as CustomRung;
  const twin = ladder.findIndex(
    ({ height, maxBitsPerSecond }) => height === rung.height && maxBitsPerSecond === rung.maxBitsPerSecond,
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

/** Throws the problem that names every error at once (422); settings that can be met pass. */
export function refuseBadLadder(settings: Pick<UploadSettings, 'ladder'>): void {
  const errors = validateLadder(settings);
  if (errors.length === 0) return;
  throw new ProblemError(422, 'ladder', `The ladder cannot be encoded: ${errors.join('; ')}.`, {
    fields: { errors },
  });
}
