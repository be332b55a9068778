import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { ProblemError } from '#core/runtime/problem.js';

/** Throws 404 if `text` is not a title id, because no such title can exist. */
export function requireTitleId(text: string | undefined): TitleId {
  const parsed = titleIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ProblemError(
    404,
    'unknown-title',
    'There is no such title: the address holds no valid title id.',
  );
}
