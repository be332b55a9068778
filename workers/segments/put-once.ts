import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';

/** Writes a media object unless it is there: of two attempts one wins and the other is discarded. True for the winner. */
export async function putOnce(
  store: ObjectStore,
  key: string,
  bytes: Buffer,
  contentType: string | undefined,
): Promise<boolean> {
  try {
    await store.put(key, bytes, {
      condition: 'absent',
      ...(contentType === undefined ? {} : { contentType }),
    });
    return true;
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'precondition_failed') return false;
    throw error;
  }
}
