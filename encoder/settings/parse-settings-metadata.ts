import { type UploadSettings, uploadSettingsSchema } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import { describeSettingsErrors } from '#encoder/settings/describe-settings-errors.js';
import { refuseBadLadder } from '#encoder/settings/refuse-bad-ladder.js';

/** Parses the JSON in the tus metadata `settings`. Throws a 400 or 422 problem that lists every error. */
export function parseSettingsMetadata(text: string | undefined): UploadSettings {
  let value: unknown = {};
  try {
    if (text !== undefined) value = JSON.parse(text);
  } catch (error) {
    throw new ProblemError(400, 'settings', 'The upload metadata "settings" is not valid JSON.', {
      cause: error,
    });
  }
  const parsed = uploadSettingsSchema.safeParse(value);
  if (parsed.success) {
    refuseBadLadder(parsed.data);
    return parsed.data;
  }
  const errors = describeSettingsErrors(value);
  throw new ProblemError(400, 'settings', `The upload's settings are invalid: ${errors.join('; ')}.`, {
    fields: { errors },
  });
}
