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

/** Nobody reads more; a playlist may have a hundred thousand segments that are all too long. */
const maxPerRule = 100;

const groups = [
  checkTiming,
  checkVariants,
  checkVideo,
  checkAudio,
  checkSubtitles,
  checkIframes,
  checkTags,
  checkAnswers,
];

/** Everything that a presentation breaks, by rule group. Pure: reads nothing but what was loaded. */
export function checkPublication(presentation: LoadedPresentation): Finding[] {
  const counts = new Map<RuleId, number>();
  const findings: Finding[] = [];
  for (const group of groups) {
    for (const each of group(presentation)) {
      const count = (counts.get(each.rule) ?? 0) + 1;
      counts.set(each.rule, count);
      if (count <= maxPerRule) findings.push(each);
    }
  }
  for (const [rule, count] of counts) {
    const more = count - maxPerRule;
    if (more > 0) findings.push(finding(rule, presentation.uri, `rule ${rule} is broken ${more} more times`));
  }
  return findings;
}
