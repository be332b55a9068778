import type { z } from 'zod';
import { readJson } from '#core/storage/json-document.js';
import { type ObjectStore, ObjectStoreError, type PutOptions } from '#core/storage/object-store.js';

/** Creates an object. Resolves to whether this put won; false if the key was taken, whose bytes are kept. */
export function putOnce(
  store: Pick<ObjectStore, 'put'>,
  key: string,
  bytes: Buffer,
  contentType: string | undefined,
): Promise<boolean> {
  return putIf(store, key, bytes, {
    condition: 'absent',
    ...(contentType === undefined ? {} : { contentType }),
  });
}

/** Puts under a condition. Resolves to whether it held; rejects for every other failure. */
export async function putIf(
  store: Pick<ObjectStore, 'put'>,
  key: string,
  bytes: Buffer,
  options: PutOptions & Required<Pick<PutOptions, 'condition'>>,
): Promise<boolean> {
  try {
    await store.put(key, bytes, options);
    return true;
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'precondition_failed') return false;
    throw error;
  }
}

/** Creates a JSON document, or reads the one created first: all writers resolve to the same value. */
export async function putOrReadJson<Value>(
  store: Pick<ObjectStore, 'put' | 'read'>,
  key: string,
  schema: z.ZodType<Value>,
  value: Value,
): Promise<Value> {
  const won = await putOnce(store, key, Buffer.from(JSON.stringify(value)), 'application/json');
  return won ? value : readJson(store, key, schema);
}
