import { type PublicationId, titleIdOf } from '#core/contracts/ids.js';
import { type Plan, planSchema } from '#core/contracts/plan.js';
import {
  audioFolder,
  initFile,
  parseSegmentPath,
  planKey,
  videoFolder,
} from '#core/contracts/publication-layout.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { DemandedSegment } from '#encoder/origin/demand-queue.js';

/** An object that the plan promises: a segment to be demanded, or `audio`, whose one task is always under way. */
export type PromisedObject = DemandedSegment | 'audio';

const INIT_PATH = new RegExp(`^([va])/([a-z0-9-]{1,64})/${initFile.replace('.', '\\.')}$`);
const maxPlans = 64;

/** Looks up what the plan of a playable title says about a path. */
export class PromisedObjects {
  private readonly plans = new Map<string, Promise<Plan | undefined>>();

  constructor(
    private readonly store: ObjectStore,
    private readonly titles: TitleStore,
  ) {}

  /** Undefined for what no plan promises, or is of a title that is not playable (any more). */
  async find(publicationId: PublicationId, path: string): Promise<PromisedObject | undefined> {
    const asked = parseSegmentPath(path) ?? parseInitPath(path);
    if (!asked) return undefined;
    const title = await this.titles.read(titleIdOf(publicationId));
    if (title?.state !== 'playable' || title.publication?.publicationId !== publicationId) return undefined;
    const plan = await this.plan(publicationId);
    if (!plan || asked.segmentIndex >= plan.grid.segmentCount) return undefined;
    if (asked.kind === 'audio')
      return plan.audio.some(({ renditionId }) => renditionId === asked.renditionId) ? 'audio' : undefined;
    const rung = plan.rungs.find(({ renditionId }) => renditionId === asked.renditionId);
    return rung && { plan, rung, segmentIndex: asked.segmentIndex };
  }

  private async plan(publicationId: PublicationId): Promise<Plan | undefined> {
    const known = this.plans.get(publicationId);
    if (known) return known;
    const reading = this.readPlan(publicationId);
    this.plans.set(publicationId, reading);
    for (const oldest of this.plans.keys()) {
      if (this.plans.size <= maxPlans) break;
      this.plans.delete(oldest);
    }
    const plan = await reading.catch((error: unknown) => {
      this.plans.delete(publicationId);
      throw error;
    });
    if (!plan) this.plans.delete(publicationId);
    return plan;
  }

  private async readPlan(publicationId: PublicationId): Promise<Plan | undefined> {
    try {
      const { bytes } = await this.store.read(planKey(publicationId));
      return planSchema.parse(JSON.parse(bytes.toString('utf8')));
    } catch (error) {
      if (error instanceof ObjectStoreError && error.code === 'not_found') return undefined;
      throw error;
    }
  }
}

/** Workers store the init segment with any span: the first one's is as good as any. */
function parseInitPath(path: string): ReturnType<typeof parseSegmentPath> {
  const [, letter, renditionId] = INIT_PATH.exec(path) ?? [];
  if (!letter || !renditionId) return undefined;
  return { kind: letter === 'v' ? 'video' : 'audio', renditionId, segmentIndex: 0 };
}

/** Folder whose objects tell that `path` may be there now. */
export function folderOf(path: string): string {
  const asked = parseSegmentPath(path) ?? parseInitPath(path);
  if (!asked) return path;
  return asked.kind === 'video' ? videoFolder(asked.renditionId) : audioFolder(asked.renditionId);
}
