import type { TitleId } from '#core/contracts/ids.js';
import { titleKey } from '#core/contracts/publication-layout.js';
import { type TitleRecord, type TitleState, titleRecordSchema } from '#core/contracts/title.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';

/** More rounds than this means something rewrites the record in a loop, not ordinary contention. */
const maxRounds = 20;

/** Title records: the truth about every title, changed by compare-and-swap alone. */
export class TitleStore {
  constructor(
    private readonly store: ObjectStore,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Rejects with `precondition_failed` where the id is taken. */
  async create(record: TitleRecord): Promise<void> {
    await this.store.put(titleKey(record.titleId), encode(record), {
      contentType: 'application/json',
      condition: 'absent',
    });
  }

  async read(titleId: TitleId): Promise<TitleRecord | undefined> {
    return (await this.readVersion(titleId))?.record;
  }

  /**
   * Applies `change` to the newest record until no other writer came between. `change` is pure and may run several
   * times; it returns undefined to leave the record as it is, and is told when the change is made (ISO 8601), as the
   * record will say. Resolves to the record that stands afterwards, undefined where there is none.
   */
  async update(
    titleId: TitleId,
    change: (record: TitleRecord, changedAt: string) => TitleRecord | undefined,
  ): Promise<TitleRecord | undefined> {
    for (let round = 0; round < maxRounds; round += 1) {
      const current = await this.readVersion(titleId);
      if (!current) return undefined;
      const changedAt = this.now().toISOString();
      const changed = change(current.record, changedAt);
      if (!changed) return current.record;
      const next = { ...changed, updatedAt: changedAt };
      try {
        await this.store.put(titleKey(titleId), encode(next), {
          contentType: 'application/json',
          condition: { etag: current.etag },
        });
        return next;
      } catch (error) {
        if (!(error instanceof ObjectStoreError && error.code === 'precondition_failed')) throw error;
        await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (round + 1)));
      }
    }
    throw new ObjectStoreError(
      'unavailable',
      titleKey(titleId),
      `title ${titleId}: lost ${maxRounds} races to change it`,
    );
  }

  /** Moves the title to `state` where `from` allows it; resolves to the record that stands, changed or not. */
  async enter(
    titleId: TitleId,
    state: TitleState,
    from: readonly TitleState[],
    fields: Partial<TitleRecord> = {},
  ): Promise<TitleRecord | undefined> {
    return this.update(titleId, (record, changedAt) =>
      from.includes(record.state)
        ? {
            ...record,
            ...fields,
            state,
            enteredAt: { ...record.enteredAt, [state]: changedAt },
          }
        : undefined,
    );
  }

  private async readVersion(titleId: TitleId): Promise<{ record: TitleRecord; etag: string } | undefined> {
    try {
      const { head, bytes } = await this.store.read(titleKey(titleId));
      return { record: titleRecordSchema.parse(JSON.parse(bytes.toString('utf8'))), etag: head.etag };
    } catch (error) {
      if (error instanceof ObjectStoreError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}

function encode(record: TitleRecord): Buffer {
  return Buffer.from(`${JSON.stringify(titleRecordSchema.parse(record), null, 1)}\n`);
}
