import { type PublicationId, publicationIdOf, type TitleId } from '#core/contracts/ids.js';
import type { Plan, SourcePicture } from '#core/contracts/plan.js';
import { formatRational, toNumber } from '#core/contracts/rational.js';
import type { ChosenSound } from '#encoder/planning/choose-streams.js';
import { joinMonoTracks } from '#encoder/planning/join-mono-tracks.js';
import { mostAudioRenditions, planAudio } from '#encoder/planning/plan-audio.js';
import type { Ladder } from '#encoder/planning/ladder.js';
import { planSegmentGrid } from '#encoder/planning/plan-segment-grid.js';
import { planSpans } from '#encoder/planning/plan-spans.js';
import type { TimeLine } from '#encoder/planning/time-line.js';

export interface PublicationFacts {
  titleId: TitleId;
  generation: number;
  createdAt: Date;
  source: Plan['source'];
  picture: SourcePicture;
  sound: ChosenSound;
  timeLine: TimeLine;
  ladder: Ladder;
  complexity: Record<string, number>;
}

/** Puts a publication's plan together: everything about it but the bytes. */
export function planPublication(facts: PublicationFacts): Plan {
  const { timeLine, ladder, picture } = facts;
  const publicationId: PublicationId = publicationIdOf(facts.titleId, facts.generation);
  const grid = planSegmentGrid(timeLine.frameRate, timeLine.durationSeconds);
  return {
    schemaVersion: 1,
    publicationId,
    titleId: facts.titleId,
    generation: facts.generation,
    createdAt: facts.createdAt.toISOString(),
    source: facts.source,
    grid,
    picture,
    rungs: ladder.rungs,
    omittedRungs: ladder.omittedRungs,
    audio: planAudio(facts.sound.streams),
    spans: planSpans(grid, ladder.rungs),
    notes: describeSource(facts),
    complexity: facts.complexity,
  };
}

/** What was found and what is done about it, a sentence each. */
function describeSource({ picture, sound, timeLine }: PublicationFacts): string[] {
  const notes: string[] = [];
  const rate = formatRational(timeLine.frameRate);
  if (Math.abs(timeLine.averageFramesPerSecond - toNumber(timeLine.frameRate)) > 0.005) {
    notes.push(
      `${timeLine.averageFramesPerSecond.toFixed(3)} frames a second on average become a constant ${rate}`,
    );
  }
  if (picture.rotationDegrees !== 0 || picture.mirrored) {
    notes.push(
      `turned upright by ${picture.rotationDegrees} degrees${picture.mirrored ? ' and mirrored' : ''}`,
    );
  }
  if (picture.interlaced !== 'no')
    notes.push(`interlaced (${picture.interlaced}): deinterlaced, one frame a frame`);
  if (picture.range !== 'SDR') notes.push(`${picture.range} picture: tone-mapped to BT.709 for SDR rungs`);
  if (picture.bitDepth > 8) notes.push(`${picture.bitDepth}-bit picture: 8-bit in SDR rungs`);
  if (picture.colour.fullRange) notes.push('full-range picture: converted to limited range');
  notes.push(...sound.leftOut);
  if (sound.streams.length === 0) notes.push('no sound: a silent track is made');
  const sounds = joinMonoTracks(sound.streams);
  if (sounds.length > mostAudioRenditions)
    notes.push(`${sounds.length} sound tracks: the first ${mostAudioRenditions} are used`);
  return notes;
}
