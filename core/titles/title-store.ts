import type { TitleId } from '#core/contracts/ids.js';
import { titleKey } from '#core/contracts/publication-layout.js';
import { type TitleRecord, type TitleState, titleRecordSchema } from '#core/contracts/title.js';
import type { DamagedTitle } from '#core/contracts/title-resource.js';
import { findJsonVersion, type JsonVersion } from '#core/storage/json-document.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import { putIf, putOnce } from '#core/storage/put-once.js';
import type { DamageLog } from '#core/titles/damage-log.js';
import { describeDamage } from '#core/titles/describe-damage.js';

/** More rounds than ordinary contention needs: another process rewrites the record in a loop. */
const maxRounds = 20;
const json = { contentType: 'application/json' };

/** A title record and the version that a compare-and-swap replaces. */
export type TitleVersion = JsonVersion<TitleRecord>;

/** Title records: the truth about every title, changed only by compare-and-swap. */
export class TitleStore {
  constructor(
    private readonly store: ObjectStore,
    private readonly damageLog?: DamageLog,
    private readonly now: () => Date = () => new Date(),
  ) {}

  /** Rejects with `precondition_failed` if the id is taken. */
  async create(record: TitleRecord): Promise<void> {
    await this.store.put(titleKey(record.titleId), encode(record), { ...json, condition: 'absent' });
  }

  /** Creates the record unless the id is taken; resolves to whether it did. */
  createOnce(record: TitleRecord): Promise<boolean> {
    return putOnce(this.store, titleKey(record.titleId), encode(record), json.contentType);
  }

  async read(titleId: TitleId): Promise<TitleRecord | undefined> {
    return (await this.readVersion(titleId))?.value;
  }

  /**
   * Reads a record, or describes one that cannot be read. Undefined for an unknown title. Rejects while
   * storage is away.
   */
  async readOrDescribe(titleId: TitleId): Promise<TitleRecord | DamagedTitle | undefined> {
    return this.read(titleId).catch((error: unknown) => this.describeDamage(titleId, error));
  }

  /** Describes a title by the error of `read`, and logs it once. Rejects with `error` of an outage. */
  async describeDamage(titleId: TitleId, error: unknown): Promise<DamagedTitle> {
    const damaged = await describeDamage(this.store, titleId, error);
    this.damageLog?.note(titleKey(titleId), damaged.damage.message, { titleId, code: damaged.damage.code });
    return damaged;
  }

  async readVersion(titleId: TitleId): Promise<TitleVersion | undefined> {
    const version = await findJsonVersion(this.store, titleKey(titleId), titleRecordSchema);
    if (version) this.damageLog?.forget(titleKey(titleId));
    return version;
  }

  /**
   * Replaces a record that cannot be read. Resolves to false if it is gone or another process has replaced
   * it.
   */
  async replaceDamaged(record: TitleRecord): Promise<boolean> {
    const key = titleKey(record.titleId);
    const head = await this.store.head(key);
    if (!head) return false;
    return putIf(this.store, key, encode(record), { ...json, condition: { etag: head.etag } });
  }

  /**
   * Applies `change` to the newest record, again after each lost race. `change` is pure and may run several
   * times; it gets the time that becomes `updatedAt` (ISO 8601) and returns undefined to keep the record.
   * Resolves to the stored record, or to undefined for an unknown title. Passing a version that was just read
   * saves the first read.
   */
  async update(
    title: TitleId | TitleVersion,
    change: (record: TitleRecord, changedAt: string) => TitleRecord | undefined,
  ): Promise<TitleRecord | undefined> {
    const titleId = typeof title === 'string' ? title : title.value.titleId;
    let known = typeof title === 'string' ? undefined : title;
    for (let round = 0; round < maxRounds; round += 1) {
      const current = known ?? (await this.readVersion(titleId));
      if (!current) return undefined;
      const changedAt = this.now().toISOString();
      const changed = change(current.value, changedAt);
      if (!changed) return current.value;
      const next = { ...changed, updatedAt: changedAt };
      const condition = { etag: current.etag };
      if (await putIf(this.store, titleKey(titleId), encode(next), { ...json, condition })) return next;
      known = undefined;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20 * (round + 1)));
    }
    throw new ObjectStoreError(
      'unavailable',
      titleKey(titleId),
      `title ${titleId}: lost ${maxRounds} races to change it`,
    );
  }

  /** Moves a title from a state in `from` to `state`. Resolves to the stored record, changed or not. */
  async enter(
    title: TitleId | TitleVersion,
    state: TitleState,
    from: readonly TitleState[],
    fields: Partial<TitleRecord> = {},
  ): Promise<TitleRecord | undefined> {
    return this.update(title, (record, changedAt) =>
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
}

function encode(record: TitleRecord): Buffer {
  return Buffer.from(`${JSON.stringify(titleRecordSchema.parse(record), null, 1)}\n`);
}
