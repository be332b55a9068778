import type { Context, MiddlewareHandler } from 'hono';
import { ProblemError } from '#core/runtime/problem.js';
import { type ApiKeys, allows, type Scope } from '#encoder/api/api-keys.js';
import type { ApiEnvironment } from '#encoder/api/api-parts.js';
import { uploadsPath } from '#encoder/uploads/upload-server.js';

const BEARER = /^Bearer +([\x21-\x7e]{1,512})$/i;

const readingMethods = new Set(['GET', 'HEAD', 'OPTIONS']);

/** `read` for requests that change nothing, except HEAD of an upload, which is part of writing it. */
function neededScope(context: Context): Scope {
  const isUpload = context.req.path.startsWith(`${uploadsPath}/`);
  return readingMethods.has(context.req.method) && !isUpload ? 'read' : 'write';
}

/** Rejects with 401 without a known API key, and with 403 if its scopes are too small. Sets `apiKey`. */
export function authenticate(keys: ApiKeys): MiddlewareHandler<ApiEnvironment> {
  return async (context, next) => {
    const [, presented] = BEARER.exec(context.req.header('authorization') ?? '') ?? [];
    const key = presented === undefined ? undefined : await keys.find(presented);
    if (!key) {
      throw new ProblemError(401, 'not-authenticated', refusal(presented), {
        headers: { 'www-authenticate': 'Bearer realm="millrace"' },
      });
    }
    const scope = neededScope(context);
    if (!allows(key, scope)) {
      throw new ProblemError(
        403,
        'scope-too-small',
        `This API key has the scopes ${key.scopes.join(', ')}; this request needs ${scope}.`,
      );
    }
    context.set('apiKey', key);
    await next();
  };
}

function refusal(presented: string | undefined): string {
  return presented === undefined
    ? 'Send an API key: "Authorization: Bearer mr_…".'
    : 'This API key is unknown.';
}
