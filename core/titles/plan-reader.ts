import type { PublicationId } from '#core/contracts/ids.js';
import { type Plan, planSchema } from '#core/contracts/plan.js';
import { planKey } from '#core/contracts/publication-layout.js';
import type { ObjectStore } from '#core/storage/object-store.js';

const keptPlans = 32;

/** Plans never change, so each is read once and the latest few are kept. */
export class PlanReader {
  private readonly plans = new Map<PublicationId, Plan>();

  constructor(private readonly store: ObjectStore) {}

  /** Rejects with ObjectStoreError `not_found` where there is no plan. */
  async read(publicationId: PublicationId): Promise<Plan> {
    const kept = this.plans.get(publicationId);
    if (kept) return kept;
    const { bytes } = await this.store.read(planKey(publicationId));
    const plan = planSchema.parse(JSON.parse(bytes.toString('utf8')));
    this.plans.set(publicationId, plan);
    const oldest = this.plans.keys().next();
    if (this.plans.size > keptPlans && !oldest.done) this.plans.delete(oldest.value);
    return plan;
  }
}
