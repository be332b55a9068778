import type { PublicationId, TitleId } from '#core/contracts/ids.js';
import { type Measurement, measurementSchema, type Plan } from '#core/contracts/plan.js';
import { measurementKey } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { DamagedTitle } from '#core/contracts/title-resource.js';
import { ExpiringCache } from '#core/runtime/expiring-cache.js';
import { findJson, JsonDocumentError } from '#core/storage/json-document.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { DamageLog } from '#core/titles/damage-log.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { Readiness } from '#delivery/choose/judge-readiness.js';
import type { ReadinessReader } from '#delivery/titles/readiness-reader.js';
import { damagedTitle, type PlayableTitle, requirePlayable } from '#delivery/titles/require-playable.js';

const dayMs = 24 * 3_600_000;
const maxPublications = 500;
/** A title is read through two caches, so its state may be twice as old. */
const stateFreshMs = 500;

export interface LoadedTitle {
  record: PlayableTitle;
  plan: Plan;
  measurement: Measurement | undefined;
  /** Of a title that is still being encoded; undefined once every rendition is stored. */
  readiness: Readiness | undefined;
}

/**
 * Reads titles, plans and measurements from storage, and how ready titles are from Redis, through bounded
 * caches. A title's state is at most a second old; plans and measurements never change. While storage is
 * down, everything that was read before is still served. A damaged measurement counts as missing: the
 * playlist then declares the planned bitrates.
 */
export class TitleReader {
  private readonly records: ExpiringCache<TitleId, TitleRecord | undefined>;
  private readonly plans: PlanReader;
  private readonly playable: ExpiringCache<TitleId, LoadedTitle>;
  private readonly measurements: ExpiringCache<PublicationId, Measurement | undefined>;

  constructor(
    private readonly titles: Pick<TitleStore, 'read' | 'describeDamage'>,
    store: Pick<ObjectStore, 'read'>,
    private readonly readiness: Pick<ReadinessReader, 'read'>,
    private readonly damageLog: DamageLog,
    nowMs: () => number,
  ) {
    this.records = new ExpiringCache(
      (titleId) => titles.read(titleId),
      { entries: 10_000, freshMs: stateFreshMs, staleOnErrorMs: dayMs },
      nowMs,
    );
    this.plans = new PlanReader(store, maxPublications);
    // A stored measurement never changes. A missing one may appear as soon as a title's state can change.
    this.measurements = new ExpiringCache(
      (publicationId) =>
        findJson(store, measurementKey(publicationId), measurementSchema).catch((error: unknown) =>
          this.noteDamage(error),
        ),
      { entries: maxPublications, freshMs: dayMs, absentFreshMs: 1_000, staleOnErrorMs: dayMs },
      nowMs,
    );
    // Never served stale: its parts are cached themselves, and a deleted title must be refused at once.
    this.playable = new ExpiringCache(
      (titleId) => this.load(titleId),
      { entries: 1_000, freshMs: stateFreshMs, staleOnErrorMs: 0 },
      nowMs,
    );
  }

  /** Reads all that a playlist needs. Rejects with a ProblemError if the title cannot be played now. */
  readPlayable(titleId: TitleId): Promise<LoadedTitle> {
    return this.playable.get(titleId);
  }

  private async load(titleId: TitleId): Promise<LoadedTitle> {
    const entry = await this.readEntry(titleId);
    if (entry?.state === 'damaged') throw damagedTitle(titleId);
    const record = requirePlayable(titleId, entry);
    const [plan, measurement] = await Promise.all([
      this.plans.read(record.publication.publicationId).catch((error: unknown) => {
        this.noteDamage(error);
        throw damagedTitle(titleId, error);
      }),
      this.readMeasurement(record),
    ]);
    // Of a title that is being encoded again, the publication that plays meanwhile is stored whole.
    const readiness = record.state === 'playable' ? await this.readiness.read(plan) : undefined;
    return { record, plan, measurement, readiness };
  }

  /** Undefined for an unknown title. Rejects if storage does not answer and the title is not cached. */
  async readRecord(titleId: TitleId): Promise<TitleRecord | undefined> {
    return this.records.get(titleId);
  }

  /** Like `readRecord`, but describes a title whose record is damaged. */
  readEntry(titleId: TitleId): Promise<TitleRecord | DamagedTitle | undefined> {
    return this.readRecord(titleId).catch((error: unknown) => this.titles.describeDamage(titleId, error));
  }

  /** Logs a damaged document once. Rethrows any other error. */
  private noteDamage(error: unknown): undefined {
    if (!(error instanceof JsonDocumentError)) throw error;
    this.damageLog.note(error.key, error.message);
  }

  /** Only a `ready` title has a measurement: it is stored before the title becomes `ready`. */
  private async readMeasurement(record: TitleRecord): Promise<Measurement | undefined> {
    if (record.state !== 'ready' || !record.publication) return undefined;
    return this.measurements.get(record.publication.publicationId);
  }
}
