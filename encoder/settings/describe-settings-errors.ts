import { uploadSettingsSchema } from '#core/contracts/upload-settings.js';
import { validateLadder } from '#planning/ladder/validate-ladder.js';

type Issue = NonNullable<ReturnType<typeof uploadSettingsSchema.safeParse>['error']>['issues'][number];

/** Everything that is wrong with an upload's settings, whatever they are, each in a sentence; empty for good ones. */
export function describeSettingsErrors(settings: unknown): string[] {
  const { error } = uploadSettingsSchema.safeParse(settings);
  const { ladder } = Object(settings) as { ladder?: unknown };
  const shape = (error?.issues ?? []).flatMap(withoutUnions).map(inWords);
  // One number may break two rules of one sentence.
  return [...new Set([...shape.slice(0, maxShapeErrors), ...validateLadder(ladder)])];
}

/** More than any list of sane length has. */
const maxShapeErrors = 50;

/** What is wrong within the member of a union that was meant: the one whose type the value has; else the union's own words. */
function withoutUnions(issue: Issue): Issue[] {
  if (issue.code !== 'invalid_union') return [issue];
  const meant = issue.errors.find((issues) => !issues.some(isAnotherType));
  return meant?.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })) ?? [issue];
}

function isAnotherType({ code, path }: { code?: string; path: PropertyKey[] }): boolean {
  return path.length === 0 && (code === 'invalid_type' || code === 'invalid_value');
}

function inWords({ path, message }: Issue): string {
  const [setting, index] = path;
  return setting === 'ladder' && typeof index === 'number' ? `rung ${index + 1}: ${message}` : message;
}
