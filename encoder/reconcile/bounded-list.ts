import { withDeadline } from '#core/runtime/with-deadline.js';
import type { ObjectStore } from '#core/storage/object-store.js';

/** Lists objects as `store` does, with a deadline on each page. */
export function boundedList(store: Pick<ObjectStore, 'list'>, maxPageMs: number): Pick<ObjectStore, 'list'> {
  return {
    list: (prefix, options) => withDeadline(`the list of ${prefix}`, maxPageMs, store.list(prefix, options)),
  };
}
