import type { Plan } from '#core/contracts/plan.js';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { ProbeReport } from '#planning/source/probe-report.js';

type Chapter = NonNullable<TitleRecord['chapters']>[number];

/** More than any film has; a file made to be a burden has millions. */
const maxChapters = 1_000;
const maxName = 200;

/**
 * The source's chapters on the published time line, in order; those outside it are left out. Names are what the file says
 * in plain characters, else the chapter's number.
 */
export function readChapters(
  report: Pick<ProbeReport, 'chapters'>,
  { grid, video }: Pick<Plan, 'grid' | 'video'>,
): Chapter[] {
  const end = gridSeconds(grid);
  const within = (seconds: number): number =>
    Math.round(Math.min(end, Math.max(0, seconds - video.originSeconds)) * 1000) / 1000;
  return report.chapters
    .slice(0, maxChapters)
    .flatMap(({ start_time: start, end_time: stop, tags }, index) => {
      if (start === undefined) return [];
      const title = (tags.title ?? tags.TITLE ?? '').replaceAll(/\p{C}+/gu, ' ').trim();
      const name = title.slice(0, maxName) || `Chapter ${index + 1}`;
      return [{ startSeconds: within(start), endSeconds: within(stop ?? Number.POSITIVE_INFINITY), name }];
    })
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds);
}
