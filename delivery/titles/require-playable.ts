import type { TitleRecord } from '#core/contracts/title.js';
import { ProblemError } from '#core/runtime/problem.js';

export type PlayableTitle = TitleRecord & { publication: NonNullable<TitleRecord['publication']> };

/** Retry-After of a title that is not playable yet, in seconds. */
const retrySeconds = 2;

/** The detail of the damage names storage keys, so only the log has it. */
export function damagedTitle(titleId: string, cause?: unknown): ProblemError {
  return new ProblemError(
    410,
    'damaged-title',
    `Title ${titleId} cannot be shown or played: its data is damaged. Its owner can restore or delete it.`,
    { cause },
  );
}

/**
 * Returns the title if it can be played now. Otherwise throws a problem: 404 unknown, 410 failed or deleted,
 * 409 not playable yet. A title that is being encoded again keeps playing its present publication.
 */
export function requirePlayable(titleId: string, record: TitleRecord | undefined): PlayableTitle {
  if (!record) {
    throw new ProblemError(404, 'unknown-title', `There is no title ${titleId.slice(0, 64)} here.`);
  }
  if (record.state === 'deleted') {
    throw new ProblemError(410, 'deleted-title', `Title ${titleId} was deleted.`);
  }
  if (record.state === 'failed') {
    throw new ProblemError(
      410,
      'failed-title',
      `Title ${titleId} could not be published: ${record.failure?.message ?? 'the reason was not recorded.'}`,
      {
        fields: { failure: record.failure && { code: record.failure.code, message: record.failure.message } },
      },
    );
  }
  const { publication } = record;
  if (publication) return { ...record, publication };
  throw new ProblemError(
    409,
    'not-playable-yet',
    `Title ${titleId} is ${record.state}: it plays a few seconds after its upload has ended.`,
    { headers: { 'retry-after': String(retrySeconds) }, fields: { state: record.state } },
  );
}
