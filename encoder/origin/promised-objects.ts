import { type PublicationId, titleIdOf } from '#core/contracts/ids.js';
import { audioFolder, initFile, parseSegmentPath, videoFolder } from '#core/contracts/publication-layout.js';
import type { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { DemandedSegment } from '#encoder/origin/demand-queue.js';

/** An object that a plan promises: a video segment to demand, or `audio`, whose one task is always queued. */
export type PromisedObject = DemandedSegment | 'audio';

const INIT_PATH = new RegExp(`^([va])/([a-z0-9-]{1,64})/${initFile.replace('.', '\\.')}$`);

/** Finds objects that the plan of a playable title promises. */
export class PromisedObjects {
  constructor(
    private readonly plans: PlanReader,
    private readonly titles: TitleStore,
  ) {}

  /** Resolves to undefined if no plan promises the object, or its title is not playable or no longer so. */
  async find(publicationId: PublicationId, path: string): Promise<PromisedObject | undefined> {
    const asked = parseSegmentPath(path) ?? parseInitPath(path);
    if (!asked) return undefined;
    const title = await this.titles.read(titleIdOf(publicationId));
    if (title?.state !== 'playable' || title.publication?.publicationId !== publicationId) return undefined;
    const plan = await this.plans.find(publicationId);
    if (!plan || asked.segmentIndex >= plan.grid.segmentCount) return undefined;
    if (asked.kind === 'audio')
      return plan.audio.some(({ renditionId }) => renditionId === asked.renditionId) ? 'audio' : undefined;
    const rung = plan.rungs.find(({ renditionId }) => renditionId === asked.renditionId);
    return rung && { plan, rung, segmentIndex: asked.segmentIndex };
  }
}

/** Workers store the init segment with any span, so segment 0 is demanded for it. */
function parseInitPath(path: string): ReturnType<typeof parseSegmentPath> {
  const [, letter, renditionId] = INIT_PATH.exec(path) ?? [];
  if (!letter || !renditionId) return undefined;
  return { kind: letter === 'v' ? 'video' : 'audio', renditionId, segmentIndex: 0 };
}

/** Folder of a segment or init segment; any other path stands for itself. */
export function folderOf(path: string): string {
  const asked = parseSegmentPath(path) ?? parseInitPath(path);
  if (!asked) return path;
  return asked.kind === 'video' ? videoFolder(asked.renditionId) : audioFolder(asked.renditionId);
}
