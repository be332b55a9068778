import type { PublicationId } from '#core/contracts/ids.js';
import { type Plan, planSchema } from '#core/contracts/plan.js';
import { planKey } from '#core/contracts/publication-layout.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';
import { findJson } from '#core/storage/json-document.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';

/** Reads a plan from storage; undefined if none is stored. */
export function findPlan(
  store: Pick<ObjectStore, 'read'>,
  publicationId: PublicationId,
): Promise<Plan | undefined> {
  return findJson(store, planKey(publicationId), planSchema);
}

/**
 * Reads plans through a bounded cache: a plan never changes, so each is read once, by however many callers at
 * a time. Missing plans and failures are not kept. A plan stays here after its title is deleted: callers
 * check the title's state.
 */
export class PlanReader {
  private readonly plans: BoundedMap<PublicationId, Promise<Plan | undefined>>;

  constructor(
    private readonly store: Pick<ObjectStore, 'read'>,
    maxPlans = 64,
  ) {
    this.plans = new BoundedMap(maxPlans);
  }

  /** Rejects with ObjectStoreError `not_found` if no plan is stored. */
  async read(publicationId: PublicationId): Promise<Plan> {
    const plan = await this.find(publicationId);
    if (plan) return plan;
    const message = `publication ${publicationId}: its plan is missing in storage`;
    throw new ObjectStoreError('not_found', planKey(publicationId), message);
  }

  /** Resolves to undefined if no plan is stored. */
  find(publicationId: PublicationId): Promise<Plan | undefined> {
    return this.plans.get(publicationId) ?? this.startReading(publicationId);
  }

  private startReading(publicationId: PublicationId): Promise<Plan | undefined> {
    const forget = (): void => this.plans.delete(publicationId);
    const reading = findPlan(this.store, publicationId);
    this.plans.set(publicationId, reading);
    reading.then((plan) => (plan ? undefined : forget()), forget);
    return reading;
  }
}
