import type { Plan } from '#core/contracts/plan.js';
import { gridSeconds } from '#core/contracts/segment-grid.js';
import type { TitleRecord } from '#core/contracts/title.js';
import type { ProbeReport } from '#planning/source/probe-report.js';

type Chapter = NonNullable<TitleRecord['chapters']>[number];

/** More than any real title has; a hostile file may declare millions. */
const maxChapters = 1_000;
const maxNameCharacters = 200;

/**
 * Reads the source's chapters onto the title's timeline, in order, without those outside it. A chapter's name
 * has its control characters removed; a chapter without a name is named after its number.
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
      const name = title.slice(0, maxNameCharacters) || `Chapter ${index + 1}`;
      return [{ startSeconds: within(start), endSeconds: within(stop ?? Number.POSITIVE_INFINITY), name }];
    })
    .filter(({ startSeconds, endSeconds }) => endSeconds > startSeconds)
    .sort((a, b) => a.startSeconds - b.startSeconds);
}
