import { z } from 'zod';
import { ifFound, type ObjectStore } from '#core/storage/object-store.js';

export interface JsonVersion<Value> {
  value: Value;
  /** Version of the object that held it, as in `ObjectHead`. */
  etag: string;
}

/** An object that is stored whole but is not the JSON document that its key promises. */
export class JsonDocumentError extends Error {
  /** A worker of a newer release may know the document's schema version. */
  readonly retryable = true;

  constructor(
    /** `other_version`: valid JSON of a schema version that this release does not know. */
    readonly code: 'not_json' | 'invalid' | 'other_version',
    readonly key: string,
    message: string,
    options: ErrorOptions,
  ) {
    super(message, options);
    this.name = 'JsonDocumentError';
  }
}

/** For `catch`: a damaged document counts as a missing one. Rethrows any other error. */
export function skipDamaged(error: unknown): undefined {
  if (!(error instanceof JsonDocumentError)) throw error;
}

/** Reads a JSON document. Rejects with `not_found`, or with JsonDocumentError if the object is damaged. */
export async function readJson<Value>(
  store: Pick<ObjectStore, 'read'>,
  key: string,
  schema: z.ZodType<Value>,
): Promise<Value> {
  const { bytes } = await store.read(key);
  return parseJson(key, bytes, schema);
}

/** Like `readJson`, but resolves to undefined if there is no object. */
export async function findJson<Value>(
  store: Pick<ObjectStore, 'read'>,
  key: string,
  schema: z.ZodType<Value>,
): Promise<Value | undefined> {
  return (await findJsonVersion(store, key, schema))?.value;
}

/** Like `findJson`, with the version that a later compare-and-swap replaces. */
export async function findJsonVersion<Value>(
  store: Pick<ObjectStore, 'read'>,
  key: string,
  schema: z.ZodType<Value>,
): Promise<JsonVersion<Value> | undefined> {
  const found = await ifFound(store.read(key));
  return found && { value: parseJson(key, found.bytes, schema), etag: found.head.etag };
}

function parseJson<Value>(key: string, bytes: Buffer, schema: z.ZodType<Value>): Value {
  const parsed = schema.safeParse(parseText(key, bytes.toString('utf8')));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const field = issue?.path.length ? `field ${z.core.toDotPath(issue.path)}` : 'the document';
  const code = issue?.path[0] === 'schemaVersion' ? 'other_version' : 'invalid';
  throw new JsonDocumentError(code, key, `object ${key}: ${field}: ${issue?.message ?? 'invalid'}`, {
    cause: parsed.error,
  });
}

function parseText(key: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new JsonDocumentError('not_json', key, `object ${key}: not JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
}
