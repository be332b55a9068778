import { type PublicationId, titleIdOf } from '#core/contracts/ids.js';
import { audioFolder, initFile, parseSegmentPath, videoFolder } from '#core/contracts/publication-layout.js';
import type { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { DemandedSegment } from '#encoder/origin/demand-queue.js';

/** An object that the plan promises: a segment to be demanded, or `audio`, whose one task is always under way. */
export type PromisedObject = DemandedSegment | 'audio';

const INIT_PATH = new RegExp(`^([va])/([a-z0-9-]{1,64})/${initFile.replace('.', '\\.')}$`);

/** Looks up what the plan of a playable title says about a path. */
export class PromisedObjects {
  constructor(
    private readonly plans: PlanReader,
    private readonly titles: TitleStore,
  ) {}

  /** Undefined for what no plan promises, or is of a title that is not playable (any more). */
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
