import type { TitleId } from '#core/contracts/ids.js';
import { titlesPrefix } from '#core/contracts/publication-layout.js';
import { type TitleRecord, type TitleState, terminalStates } from '#core/contracts/title.js';
import { listAll, type ObjectStore } from '#core/storage/object-store.js';
import { titleIdOfRecord } from '#core/titles/title-index.js';
import type { TitleStore } from '#core/titles/title-store.js';

export interface TitleScan {
  /** Records that are not in a terminal state. */
  unfinished: TitleRecord[];
  /** Every title with its state, oldest first. */
  states: ReadonlyMap<TitleId, TitleState>;
}

/** Scans all titles. Reads a record again only after its object changed, so that a scan costs one listing. */
export class TitleScanner {
  private known = new Map<TitleId, { etag: string; record: TitleRecord | undefined; state: TitleState }>();

  constructor(
    private readonly store: ObjectStore,
    private readonly titles: TitleStore,
  ) {}

  /** Passes a record that cannot be read to `onUnreadable` and leaves it out: it must not stop the others. */
  async scan(onUnreadable: (titleId: TitleId, error: unknown) => void): Promise<TitleScan> {
    const seen: typeof this.known = new Map();
    for await (const head of listAll(this.store, titlesPrefix)) {
      const titleId = titleIdOfRecord(head);
      if (titleId === undefined) continue;
      const known = this.known.get(titleId);
      if (known?.etag === head.etag) {
        seen.set(titleId, known);
        continue;
      }
      try {
        const record = await this.titles.read(titleId);
        // Of a finished title only the etag and state are kept, to save memory.
        if (record)
          seen.set(titleId, {
            etag: head.etag,
            record: terminalStates.has(record.state) ? undefined : record,
            state: record.state,
          });
      } catch (error) {
        onUnreadable(titleId, error);
      }
    }
    this.known = seen;
    return {
      unfinished: [...seen.values()].flatMap(({ record }) => record ?? []),
      states: new Map([...seen].map(([titleId, { state }]) => [titleId, state])),
    };
  }
}
