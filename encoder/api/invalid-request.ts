import { ProblemError } from '#core/runtime/problem.js';

/** As zod tells of it. */
export interface InvalidField {
  path: readonly PropertyKey[];
  message: string;
}

/** 400 with everything that is wrong, each with the field it is wrong in. */
export function invalidRequest(issues: readonly InvalidField[]): ProblemError {
  const errors = issues.map(({ path, message }) => ({ field: path.map(String).join('.'), message }));
  const text = errors
    .map(({ field, message }) => (field === '' ? message : `${field}: ${message}`))
    .join('; ');
  return new ProblemError(400, 'invalid-request', text, { fields: { errors } });
}
