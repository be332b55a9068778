import type { SourceVideo } from '#core/contracts/plan.js';
import { formatRational, toNumber } from '#core/contracts/rational.js';
import { joinMonoTracks } from '#planning/audio/join-mono-tracks.js';
import { maxAudioRenditions } from '#planning/audio/plan-audio.js';
import type { ChosenAudio } from '#planning/source/choose-audio.js';
import type { Timeline } from '#planning/source/timeline.js';

export interface SourceFacts {
  video: SourceVideo;
  audio: ChosenAudio;
  timeline: Timeline;
}

/** Primaries clearly wider than those of BT.709, with the names they are known by. */
const wideGamuts: ReadonlyMap<string, string> = new Map([
  ['bt2020', 'BT.2020'],
  ['smpte431', 'DCI-P3'],
  ['smpte432', 'Display P3'],
]);

/** Describes what is unusual about a source and what is done about it, one sentence each. */
export function describeSource({ video, audio, timeline }: SourceFacts): string[] {
  return [
    ...describeFrames(video, timeline),
    ...describeColours(video),
    ...audio.leftOut,
    ...describeAudio(audio),
  ];
}

function describeFrames(video: SourceVideo, { averageFramesPerSecond, frameRate }: Timeline): string[] {
  const notes: string[] = [];
  if (Math.abs(averageFramesPerSecond - toNumber(frameRate)) > 0.005) {
    const average = averageFramesPerSecond.toFixed(3);
    notes.push(
      `The average frame rate of ${average} is converted to a constant ${formatRational(frameRate)}`,
    );
  }
  if (hasNonSquarePixels(video)) {
    const size = `${video.displayWidth}x${video.displayHeight}`;
    notes.push(`Non-square pixels are resampled to square ones: the video is shown at ${size}`);
  }
  if (video.rotationDegrees !== 0 || video.mirrored) notes.push(`The video is ${describeTurn(video)}`);
  if (video.interlaced !== 'no') {
    const order = video.interlaced === 'top-first' ? 'top' : 'bottom';
    notes.push(`Interlaced video (${order} field first) is deinterlaced to one frame for every two fields`);
  }
  return notes;
}

function describeTurn({ rotationDegrees, mirrored }: SourceVideo): string {
  if (rotationDegrees === 0) return 'mirrored';
  return `rotated by ${rotationDegrees} degrees${mirrored ? ' and mirrored' : ''}`;
}

function describeColours({ range, colour, bitDepth }: SourceVideo): string[] {
  const notes: string[] = [];
  if (range !== 'SDR') notes.push(`${range} video is tone-mapped to BT.709 for SDR renditions`);
  const gamut = range === 'SDR' ? wideGamuts.get(colour.primaries) : undefined;
  if (gamut !== undefined) notes.push(`${gamut} colours are converted to BT.709`);
  if (bitDepth > 8) notes.push(`${bitDepth}-bit video is converted to 8 bits for SDR renditions`);
  if (colour.fullRange) notes.push('Full-range video is converted to limited range');
  return notes;
}

function describeAudio({ streams }: ChosenAudio): string[] {
  if (streams.length === 0) return ['The source has no audio: a silent track is added'];
  const { length } = joinMonoTracks(streams);
  if (length <= maxAudioRenditions) return [];
  return [`The source has ${length} audio tracks: only the first ${maxAudioRenditions} are published`];
}

function hasNonSquarePixels(video: SourceVideo): boolean {
  const { codedWidth, codedHeight, rotationDegrees, displayWidth, displayHeight } = video;
  const isTurned = rotationDegrees === 90 || rotationDegrees === 270;
  const [width, height] = isTurned ? [codedHeight, codedWidth] : [codedWidth, codedHeight];
  // Rounding square pixels to even sizes changes each side by at most one pixel.
  return Math.abs(displayWidth - width) > 1 || Math.abs(displayHeight - height) > 1;
}
