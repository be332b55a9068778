import type { UploadSettings } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import { validateLadder } from '#planning/ladder/validate-ladder.js';

/** Throws a 422 problem that lists every error of a custom ladder. Presets and valid ladders pass. */
export function refuseBadLadder(settings: Pick<UploadSettings, 'ladder'>): void {
  const errors = validateLadder(settings.ladder);
  if (errors.length === 0) return;
  throw new ProblemError(422, 'ladder', `The ladder cannot be encoded: ${errors.join('; ')}.`, {
    fields: { errors },
  });
}
