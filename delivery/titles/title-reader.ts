import type { PublicationId, TitleId } from '#core/contracts/ids.js';
import { type Measurement, measurementSchema, type Plan } from '#core/contracts/plan.js';
import { measurementKey } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { ExpiringCache } from '#core/runtime/expiring-cache.js';
import { findJson } from '#core/storage/json-document.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { type PlayableTitle, requirePlayable } from '#delivery/titles/require-playable.js';

const dayMs = 24 * 3_600_000;
const maxPublications = 500;
/** Twice this, for a title is looked up through two caches, is how old its state may be. */
const stateFreshMs = 500;

export interface LoadedTitle {
  record: PlayableTitle;
  plan: Plan;
  measurement: Measurement | undefined;
}

/**
 * Titles, plans and measurements as storage has them, through bounded caches: a title's state is a second old at most,
 * plans and measurements never change. With storage away, what was read before goes on being served.
 */
export class TitleReader {
  private readonly records: ExpiringCache<TitleId, TitleRecord | undefined>;
  private readonly plans: PlanReader;
  private readonly playable: ExpiringCache<TitleId, LoadedTitle>;
  private readonly measurements: ExpiringCache<PublicationId, Measurement | undefined>;

  constructor(titles: Pick<TitleStore, 'read'>, store: Pick<ObjectStore, 'read'>, nowMs: () => number) {
    this.records = new ExpiringCache(
      (titleId) => titles.read(titleId),
      { entries: 10_000, freshMs: stateFreshMs, staleOnErrorMs: dayMs },
      nowMs,
    );
    this.plans = new PlanReader(store, maxPublications);
    // A stored measurement never changes. A missing one may appear as soon as a title's state can change.
    this.measurements = new ExpiringCache(
      (publicationId) => findJson(store, measurementKey(publicationId), measurementSchema),
      { entries: maxPublications, freshMs: dayMs, absentFreshMs: 1_000, staleOnErrorMs: dayMs },
      nowMs,
    );
    // Not kept past its freshness: what it is made of is, and why it cannot be made must be told at once.
    this.playable = new ExpiringCache(
      (titleId) => this.load(titleId),
      { entries: 1_000, freshMs: stateFreshMs, staleOnErrorMs: 0 },
      nowMs,
    );
  }

  /** All that a playlist needs, mostly in one look-up. Rejects with a ProblemError where the title cannot be played now. */
  readPlayable(titleId: TitleId): Promise<LoadedTitle> {
    return this.playable.get(titleId);
  }

  private async load(titleId: TitleId): Promise<LoadedTitle> {
    const record = requirePlayable(titleId, await this.readRecord(titleId));
    const [plan, measurement] = await Promise.all([
      this.plans.read(record.publication.publicationId),
      this.readMeasurement(record),
    ]);
    return { record, plan, measurement };
  }

  /** Undefined where there is no such title. Rejects where storage does not answer and nothing is remembered. */
  async readRecord(titleId: TitleId): Promise<TitleRecord | undefined> {
    return this.records.get(titleId);
  }

  /** Only a `ready` title has one: publish writes it before it moves the title on. */
  private async readMeasurement(record: TitleRecord): Promise<Measurement | undefined> {
    if (record.state !== 'ready' || !record.publication) return undefined;
    return this.measurements.get(record.publication.publicationId);
  }
}
