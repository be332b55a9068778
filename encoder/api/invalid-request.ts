import { ProblemError } from '#core/runtime/problem.js';

/** The part of a zod issue that is shown. */
export interface InvalidField {
  path: readonly PropertyKey[];
  message: string;
}

/** A 400 problem that lists every issue with its field. */
export function invalidRequest(issues: readonly InvalidField[]): ProblemError {
  const errors = issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
  const text = errors
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ');
  return new ProblemError(400, 'invalid-request', text, { fields: { errors } });
}
