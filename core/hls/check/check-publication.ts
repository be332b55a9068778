import type { LoadResult } from '#core/hls/check/load/load-presentation.js';
import type { LoadedPresentation } from '#core/hls/check/presentation/loaded-presentation.js';
import { checkAnswers } from '#core/hls/check/rules/check-answers.js';
import { checkAudio } from '#core/hls/check/rules/check-audio.js';
import { checkIframes } from '#core/hls/check/rules/check-iframes.js';
import { checkSubtitles } from '#core/hls/check/rules/check-subtitles.js';
import { checkTags } from '#core/hls/check/rules/check-tags.js';
import { checkTiming } from '#core/hls/check/rules/check-timing.js';
import { checkVariants } from '#core/hls/check/rules/check-variants.js';
import { checkVideo } from '#core/hls/check/rules/check-video.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import type { RuleId } from '#core/hls/check/rules/rule-catalogue.js';

export interface CheckReport {
  uri: string;
  findings: readonly Finding[];
  /** What was not checked and why, one sentence each. */
  notes: readonly string[];
  figures: {
    renditions: number;
    /** Segments of all renditions, and how many of them were read. */
    segments: number;
    segmentsRead: number;
    bytesRead: number;
  };
}

/** Checks a loaded presentation. Pure: reads nothing but its argument. */
export function checkPublication({ presentation, notes, bytesRead }: LoadResult): CheckReport {
  const renditions = [...presentation.renditions.values()];
  return {
    uri: presentation.uri,
    findings: findViolations(presentation),
    notes,
    figures: {
      renditions: renditions.length,
      segments: renditions.reduce((sum, { playlist }) => sum + playlist.segments.length, 0),
      segmentsRead: presentation.answers.filter(({ role }) => role === 'segment').length,
      bytesRead,
    },
  };
}

const ruleGroups = [
  checkTiming,
  checkVariants,
  checkVideo,
  checkAudio,
  checkSubtitles,
  checkIframes,
  checkTags,
  checkAnswers,
];

/**
 * Enough for a reader, and a limit for playlists of a hundred thousand segments that all break the same rule.
 */
const maxPerRule = 100;

function findViolations(presentation: LoadedPresentation): Finding[] {
  const counts = new Map<RuleId, number>();
  const findings: Finding[] = [];
  for (const check of ruleGroups) {
    for (const each of check(presentation)) {
      const count = (counts.get(each.rule) ?? 0) + 1;
      counts.set(each.rule, count);
      if (count <= maxPerRule) findings.push(each);
    }
  }
  for (const [rule, count] of counts) {
    const more = count - maxPerRule;
    if (more <= 0) continue;
    findings.push(finding(rule, presentation.uri, `rule ${rule} is broken ${more} more times`));
  }
  return findings;
}
