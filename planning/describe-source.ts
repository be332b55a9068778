import type { SourceVideo } from '#core/contracts/plan.js';
import { formatRational, toNumber } from '#core/contracts/rational.js';
import { joinMonoTracks } from '#planning/audio/join-mono-tracks.js';
import { maxAudioRenditions } from '#planning/audio/plan-audio.js';
import type { ChosenAudio } from '#planning/source/choose-streams.js';
import type { TimeLine } from '#planning/source/timeline.js';

export interface SourceFacts {
  video: SourceVideo;
  audio: ChosenAudio;
  timeLine: TimeLine;
}

/** Primaries far from BT.709's, by the names that people know. */
const wideColours: ReadonlyMap<string, string> = new Map([
  ['bt2020', 'BT.2020'],
  ['smpte431', 'DCI-P3'],
  ['smpte432', 'Display P3'],
]);

/** What was found and what is done about it, a sentence each. */
export function describeSource({ video, audio, timeLine }: SourceFacts): string[] {
  const notes: string[] = [];
  const rate = formatRational(timeLine.frameRate);
  if (Math.abs(timeLine.averageFramesPerSecond - toNumber(timeLine.frameRate)) > 0.005) {
    notes.push(
      `${timeLine.averageFramesPerSecond.toFixed(3)} frames a second on average become a constant ${rate}`,
    );
  }
  if (hasNonSquarePixels(video))
    notes.push(`oblong pixels: shown at ${video.displayWidth}x${video.displayHeight}, in square ones`);
  if (video.rotationDegrees !== 0 || video.mirrored) {
    notes.push(`turned upright by ${video.rotationDegrees} degrees${video.mirrored ? ' and mirrored' : ''}`);
  }
  if (video.interlaced !== 'no')
    notes.push(`interlaced (${video.interlaced}): deinterlaced, one frame a frame`);
  if (video.range !== 'SDR') notes.push(`${video.range} picture: tone-mapped to BT.709 for SDR rungs`);
  const wide = video.range === 'SDR' ? wideColours.get(video.colour.primaries) : undefined;
  if (wide !== undefined) notes.push(`${wide} colours: converted to BT.709`);
  if (video.bitDepth > 8) notes.push(`${video.bitDepth}-bit picture: 8-bit in SDR rungs`);
  if (video.colour.fullRange) notes.push('full-range picture: converted to limited range');
  notes.push(...audio.leftOut);
  if (audio.streams.length === 0) notes.push('no sound: a silent track is made');
  const tracks = joinMonoTracks(audio.streams);
  if (tracks.length > maxAudioRenditions)
    notes.push(`${tracks.length} sound tracks: the first ${maxAudioRenditions} are used`);
  return notes;
}

/** Even sizes differ from the exact ones by a pixel; pixels that are square within that are square. */
function hasNonSquarePixels(video: SourceVideo): boolean {
  const { codedWidth, codedHeight, rotationDegrees, displayWidth, displayHeight } = video;
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  const [width, height] = isTurned ? [codedHeight, codedWidth] : [codedWidth, codedHeight];
  return Math.abs(displayWidth - width) > 1 || Math.abs(displayHeight - height) > 1;
}
