import { mayBeOutage } from '#core/contracts/failure.js';
import type { TitleId } from '#core/contracts/ids.js';
import { titlesPrefix } from '#core/contracts/publication-layout.js';
import { type TitleRecord, type TitleState, terminalStates } from '#core/contracts/title.js';
import { withDeadline } from '#core/runtime/with-deadline.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import { titleIdOfRecord } from '#core/titles/title-index.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { boundedList } from '#encoder/reconcile/bounded-list.js';

/** A page of the listing, or a record. */
const maxReadMs = 10_000;

/** `damaged`: the title's record cannot be read. */
export type ScannedState = TitleState | 'damaged';

export interface TitleScan {
  /** Records that are not in a terminal state, or failed for what may have been an outage. */
  unfinished: TitleRecord[];
  /** Every title with its state, oldest first. */
  states: ReadonlyMap<TitleId, ScannedState>;
}

/** Scans all titles. Reads a record again only after its object changed, so that a scan costs one listing. */
export class TitleScanner {
  private known = new Map<TitleId, { etag: string; record: TitleRecord | undefined; state: ScannedState }>();

  constructor(
    private readonly store: Pick<ObjectStore, 'list'>,
    private readonly titles: Pick<TitleStore, 'read' | 'describeDamage'>,
  ) {}

  /**
   * A damaged record is only counted: it must not stop the others. It is read again when its object changes
   * or, if storage cannot read it, at the next scan. Rejects if storage gives no answer.
   */
  async scan(): Promise<TitleScan> {
    const seen: typeof this.known = new Map();
    const store = boundedList(this.store, maxReadMs);
    for await (const head of listAll(store, titlesPrefix)) {
      const titleId = titleIdOfRecord(head);
      if (titleId === undefined) continue;
      const known = this.known.get(titleId);
      if (known?.etag === head.etag) {
        seen.set(titleId, known);
        continue;
      }
      try {
        const record = await withDeadline(`title ${titleId}`, maxReadMs, this.titles.read(titleId));
        // Of a finished title only the etag and state are kept, to save memory.
        if (record)
          seen.set(titleId, {
            etag: head.etag,
            record: isUnfinished(record) ? record : undefined,
            state: record.state,
          });
      } catch (error) {
        // One record on a bad sector, or no storage at all: then each of the others would wait as long.
        const { damage } = await this.titles.describeDamage(titleId, error);
        if (damage.code === 'unreadable')
          seen.set(
            titleId,
            known ? { ...known, etag: '' } : { etag: '', record: undefined, state: 'damaged' },
          );
        else seen.set(titleId, { etag: head.etag, record: undefined, state: 'damaged' });
      }
    }
    this.known = seen;
    return {
      unfinished: [...seen.values()].flatMap(({ record }) => record ?? []),
      states: new Map([...seen].map(([titleId, { state }]) => [titleId, state])),
    };
  }
}

function isUnfinished(record: TitleRecord): boolean {
  return !terminalStates.has(record.state) || (record.state === 'failed' && mayBeOutage(record));
}
