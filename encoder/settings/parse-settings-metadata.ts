import { type UploadSettings, uploadSettingsSchema } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import { validateLadder } from '#planning/ladder/validate-ladder.js';

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

/** Throws a 422 problem that lists every error of a custom ladder. Presets and valid ladders pass. */
export function refuseBadLadder(settings: Pick<UploadSettings, 'ladder'>): void {
  const errors = validateLadder(settings.ladder);
  if (errors.length === 0) return;
  throw new ProblemError(422, 'ladder', `The ladder cannot be encoded: ${errors.join('; ')}.`, {
    fields: { errors },
  });
}

type Issue = NonNullable<ReturnType<typeof uploadSettingsSchema.safeParse>['error']>['issues'][number];

/** Lists every error in an upload's settings, one sentence each. Accepts any value. */
export function describeSettingsErrors(settings: unknown): string[] {
  const { error } = uploadSettingsSchema.safeParse(settings);
  const { ladder } = Object(settings) as { ladder?: unknown };
  const shape = (error?.issues ?? []).flatMap(expandUnion).map(toSentence);
  // One value can break two rules that share a message.
  return [...new Set([...shape.slice(0, maxShapeErrors), ...validateLadder(ladder)])];
}

/** Bounds the response to a huge invalid ladder. */
const maxShapeErrors = 50;

/** Replaces a union's issue by those of the member that has the value's type, if there is one. */
function expandUnion(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((issues) => !issues.some(isAnotherType));
  return meant?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

function isAnotherType({ code, path }: { code?: string; path: PropertyKey[] }): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function toSentence({ path, message }: Issue): string {
  const [setting, index] = path;
  return setting === 'ladder' && typeof index === 'number' ? `rung ${index + 1}: ${message}` : message;
}
