import { createdAtOf, type TitleId } from '#core/contracts/ids.js';
import { titlesPrefix } from '#core/contracts/publication-layout.js';
import type { DamagedTitle } from '#core/contracts/title-resource.js';
import { withDeadline } from '#core/runtime/with-deadline.js';
import { JsonDocumentError } from '#core/storage/json-document.js';
import type { ObjectStore } from '#core/storage/object-store.js';

const maxProbeMs = 3_000;

/**
 * Describes a title whose record could not be read because of `error`. Rejects with `error` if storage as a
 * whole is at fault: then nothing is known about the record.
 */
export async function describeDamage(
  store: Pick<ObjectStore, 'list'>,
  titleId: TitleId,
  error: unknown,
): Promise<DamagedTitle> {
  const code = error instanceof JsonDocumentError ? error.code : 'unreadable';
  if (code === 'unreadable') {
    const probe = withDeadline('storage', maxProbeMs, store.list(titlesPrefix, { limit: 1 }));
    await probe.catch(() => {
      throw error;
    });
  }
  const message = error instanceof Error ? error.message : String(error);
  return {
    titleId,
    state: 'damaged',
    name: 'Damaged title',
    createdAt: createdAtOf(titleId).toISOString(),
    damage: { code, message },
  };
}
