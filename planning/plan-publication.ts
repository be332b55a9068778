import { type PublicationId, publicationIdOf, type TitleId } from '#core/contracts/ids.js';
import type { Plan, SourceVideo } from '#core/contracts/plan.js';
import { planAudio } from '#planning/audio/plan-audio.js';
import { describeSource } from '#planning/describe-source.js';
import type { Ladder } from '#planning/ladder/ladder.js';
import { planSegmentGrid } from '#planning/plan-segment-grid.js';
import { planSpans } from '#planning/plan-spans.js';
import type { ChosenAudio } from '#planning/source/choose-audio.js';
import type { Timeline } from '#planning/source/timeline.js';

export interface PublicationFacts {
  titleId: TitleId;
  generation: number;
  createdAt: Date;
  source: Plan['source'];
  video: SourceVideo;
  audio: ChosenAudio;
  timeline: Timeline;
  ladder: Ladder;
  complexity: Record<string, number>;
}

/** Assembles the plan of a publication: everything about it except the encoded bytes. */
export function planPublication(facts: PublicationFacts): Plan {
  const { timeline, ladder, video } = facts;
  const publicationId: PublicationId = publicationIdOf(facts.titleId, facts.generation);
  const grid = planSegmentGrid(timeline.frameRate, timeline.durationSeconds);
  return {
    schemaVersion: 2,
    publicationId,
    titleId: facts.titleId,
    generation: facts.generation,
    createdAt: facts.createdAt.toISOString(),
    source: facts.source,
    grid,
    video,
    rungs: ladder.rungs,
    omittedRungs: ladder.omittedRungs,
    audio: planAudio(facts.audio.streams),
    spans: planSpans(grid, ladder.rungs),
    notes: describeSource(facts),
    complexity: facts.complexity,
  };
}
