import type { MiddlewareHandler } from 'hono';
import { ProblemError } from '#core/runtime/problem.js';
import type { ApiEnvironment } from '#encoder/api/api-parts.js';

/** Enough for a name and settings, the largest body that the API accepts. */
const maxBodyBytes = 64 * 1024;
const bodyMs = 10_000;

/**
 * Reads a JSON body before any handler runs, within limits of size and time. Rejects with 415 for another
 * type or a compressed body, 413 for one that is too large (unread if Content-Length says so), 408 for one
 * that is too slow, and 400 for invalid JSON or a `__proto__` key.
 */
export const readJson: MiddlewareHandler<ApiEnvironment> = async (context, next) => {
  const type = context.req.header('content-type');
  if (context.req.header('content-encoding') !== undefined)
    throw new ProblemError(415, 'compressed-body', 'Send the body uncompressed, without Content-Encoding.');
  if (!/^application\/json *(; *charset="?utf-8"? *)?$/i.test(type ?? ''))
    throw new ProblemError(415, 'body-type', 'Send "Content-Type: application/json".');
  if (Number(context.req.header('content-length') ?? 0) > maxBodyBytes) throw tooLarge();
  const text = await readText(context.req.raw.body);
  assertPlainJson(text);
  // Hono's validators read the body from this cache.
  context.req.bodyCache.text = Promise.resolve(text) as never;
  await next();
};

async function readText(body: ReadableStream<Uint8Array> | null): Promise<string> {
  if (!body) return '';
  const reader = body.getReader();
  let refusal: ProblemError | undefined;
  const stop = (problem: ProblemError): void => {
    refusal = problem;
    reader.cancel(problem).catch(() => undefined);
  };
  const timer = setTimeout(() => stop(tooSlow()), bodyMs);
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (refusal) throw refusal;
      if (done) break;
      bytes += value.length;
      if (bytes > maxBodyBytes) {
        stop(tooLarge());
        throw tooLarge();
      }
      chunks.push(value);
    }
  } finally {
    clearTimeout(timer);
  }
  return new TextDecoder().decode(Buffer.concat(chunks));
}

function assertPlainJson(text: string): void {
  try {
    JSON.parse(text, (key: string, value: unknown) => {
      if (key === '__proto__') throw new SyntaxError('the key "__proto__" is not allowed');
      return value;
    });
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 200) : '';
    throw new ProblemError(400, 'bad-json', `Invalid JSON in the body: ${reason}`, { cause: error });
  }
}

function tooLarge(): ProblemError {
  return new ProblemError(413, 'body-too-large', `The body may have at most ${maxBodyBytes} bytes.`);
}

function tooSlow(): ProblemError {
  return new ProblemError(408, 'body-too-slow', `The body did not arrive within ${bodyMs / 1000} s.`);
}
