import type { PublicationId, TitleId } from '#core/contracts/ids.js';
import { type Measurement, measurementSchema, type Plan, planSchema } from '#core/contracts/plan.js';
import { measurementKey, planKey } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { ExpiringCache } from '#delivery/titles/expiring-cache.js';
import { type PlayableTitle, requirePlayable } from '#delivery/titles/require-playable.js';

const dayMs = 24 * 3_600_000;
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
  private readonly plans: ExpiringCache<PublicationId, Plan | undefined>;
  private readonly playable: ExpiringCache<TitleId, LoadedTitle>;
  private readonly measurements: ExpiringCache<PublicationId, Measurement | undefined>;

  constructor(titles: Pick<TitleStore, 'read'>, store: Pick<ObjectStore, 'read'>, nowMs: () => number) {
    this.records = new ExpiringCache(
      (titleId) => titles.read(titleId),
      { entries: 10_000, freshMs: stateFreshMs, staleOnErrorMs: dayMs },
      nowMs,
    );
    // Immutable once there; that one is missing is forgotten as soon as a title's state is.
    const immutable = { entries: 500, freshMs: dayMs, absentFreshMs: 1_000, staleOnErrorMs: dayMs };
    this.plans = new ExpiringCache(
      (publicationId) => readJson(store, planKey(publicationId), planSchema),
      immutable,
      nowMs,
    );
    this.measurements = new ExpiringCache(
      (publicationId) => readJson(store, measurementKey(publicationId), measurementSchema),
      immutable,
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
      this.readPlan(record.publication.publicationId),
      this.readMeasurement(record),
    ]);
    return { record, plan, measurement };
  }

  /** Undefined where there is no such title. Rejects where storage does not answer and nothing is remembered. */
  async readRecord(titleId: TitleId): Promise<TitleRecord | undefined> {
    return this.records.get(titleId);
  }

  /** The plan of a playable title. Rejects with `not_found` where storage lost it. */
  private async readPlan(publicationId: PublicationId): Promise<Plan> {
    const plan = await this.plans.get(publicationId);
    if (plan) return plan;
    throw new ObjectStoreError(
      'not_found',
      planKey(publicationId),
      `publication ${publicationId}: its plan is missing in storage`,
    );
  }

  /** Only a `ready` title has one: publish writes it before it moves the title on. */
  private async readMeasurement(record: TitleRecord): Promise<Measurement | undefined> {
    if (record.state !== 'ready' || !record.publication) return undefined;
    return this.measurements.get(record.publication.publicationId);
  }
}

async function readJson<Value>(
  store: Pick<ObjectStore, 'read'>,
  key: string,
  schema: { parse(value: unknown): Value },
): Promise<Value | undefined> {
  try {
    const { bytes } = await store.read(key);
    return schema.parse(JSON.parse(bytes.toString('utf8')));
  } catch (error) {
    if (error instanceof ObjectStoreError && error.code === 'not_found') return undefined;
    throw error;
  }
}
