import { titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { ApiParts } from '#encoder/api/api-parts.js';

/** Reads a title. Rejects with 404 for an id that is malformed, unknown or deleted. */
export async function requireTitle(parts: Pick<ApiParts, 'titles'>, titleId: string): Promise<TitleRecord> {
  const id = titleIdSchema.safeParse(titleId).data;
  const record = id && (await parts.titles.read(id));
  if (!record || record.state === 'deleted')
    throw new ProblemError(404, 'unknown-title', 'There is no such title.');
  return record;
}
