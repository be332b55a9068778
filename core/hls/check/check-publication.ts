import { checkAnswers } from '#core/hls/check/check-answers.js';
import { checkAudio } from '#core/hls/check/check-audio.js';
import { checkIframes } from '#core/hls/check/check-iframes.js';
import { checkSubtitles } from '#core/hls/check/check-subtitles.js';
import { checkTags } from '#core/hls/check/check-tags.js';
import { checkTiming } from '#core/hls/check/check-timing.js';
import { checkVariants } from '#core/hls/check/check-variants.js';
import { checkVideo } from '#core/hls/check/check-video.js';
import type { Finding } from '#core/hls/check/finding.js';
import type { LoadedPresentation } from '#core/hls/check/presentation.js';

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
  return groups.flatMap((group) => [...group(presentation)]);
}
