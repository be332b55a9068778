import { type PublicationId, titleIdOf } from '#core/contracts/ids.js';
import type { AudioRendition, Plan } from '#core/contracts/plan.js';
import { audioFolder, initFile, parseSegmentPath, videoFolder } from '#core/contracts/publication-layout.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { DemandedSegment } from '#encoder/origin/demand-queue.js';

/**
 * An object that a plan promises: a segment to demand, or one that only the task of a whole audio rendition
 * can make, see `canStartMidway`.
 */
export type PromisedObject = DemandedSegment | 'only-in-order';

const INIT_PATH = new RegExp(`^([va])/([a-z0-9-]{1,64})/${initFile.replace('.', '\\.')}$`);

/** Finds objects that the plan of a playable or ready title promises. */
export class PromisedObjects {
  constructor(
    private readonly plans: PlanReader,
    private readonly titles: TitleStore,
    private readonly store: Pick<ObjectStore, 'head'>,
  ) {}

  /**
   * Resolves to undefined if no plan promises the object, or its title is not playable or no longer so; to
   * `lost` if the title is ready but its source is gone, so that nothing can make the object again.
   */
  async find(publicationId: PublicationId, path: string): Promise<PromisedObject | 'lost' | undefined> {
    const asked = parseSegmentPath(path) ?? parseInitPath(path);
    if (!asked) return undefined;
    const title = await this.titles.read(titleIdOf(publicationId));
    if (title?.state !== 'playable' && title?.state !== 'ready') return undefined;
    if (title.publication?.publicationId !== publicationId) return undefined;
    const plan = await this.plans.find(publicationId);
    if (!plan || asked.segmentIndex >= plan.grid.segmentCount) return undefined;
    const { kind, segmentIndex } = asked;
    const renditions = kind === 'video' ? plan.rungs : plan.audio;
    const rendition = renditions.find(({ renditionId }) => renditionId === asked.renditionId);
    if (!rendition) return undefined;
    const isOnlyInOrder = 'streamIndex' in rendition && !canStartMidway(plan, rendition);
    const demanded = { plan, kind, renditionId: rendition.renditionId, segmentIndex };
    if (title.state === 'playable') return isOnlyInOrder ? 'only-in-order' : demanded;
    if (!(await this.store.head(plan.source.key))) return 'lost';
    return { ...demanded, repairs: isOnlyInOrder ? 'rendition' : 'segment' };
  }
}

/**
 * Demuxers with timestamps that are exact to the sample, or nearly so. Others round to a millisecond: a run
 * from the middle would be up to half of that off, which is audible where it joins the whole run.
 */
const exactDemuxers: readonly string[] = ['mov', 'mpegts'];

/** Whether a run that starts in the middle makes the same audio as the whole run. */
function canStartMidway({ video }: Plan, { streamIndex, channelTracks }: AudioRendition): boolean {
  if (streamIndex === null) return true;
  return video.seeking !== 'none' && !channelTracks && exactDemuxers.includes(video.demuxer);
}

/** Workers store the init segment with any segment, so segment 0 is demanded for it. */
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
