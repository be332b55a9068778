import type { LoadedRendition, SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';
import {
  declaredStarts,
  frameSeconds,
  roundingSeconds,
  seconds,
  where,
} from '#core/hls/check/rules/segment-times.js';
import type { MediaPlaylist } from '#core/hls/read/playlist.js';

/** Rules 1.3 and 1.4: the media goes on without gaps, at the pace that the playlist tells. */
export function* checkContinuity(rendition: LoadedRendition): Generator<Finding> {
  const { playlist, segments } = rendition;
  const starts = declaredStarts(playlist);
  let before: SegmentMedia | undefined;
  let timeline = new PlaylistTimeline(starts);
  for (const segment of segments) {
    const { segmentIndex } = segment;
    const declared = playlist.segments[segmentIndex]?.durationSeconds ?? Number.NaN;
    const tolerance = frameSeconds(segment) + segment.uncertainSeconds + roundingSeconds;
    if (Math.abs(declared - segment.durationSeconds) > tolerance) {
      const message = `${where(rendition, segmentIndex)} is declared as ${seconds(declared)}, and its media lasts ${seconds(segment.durationSeconds)}`;
      yield finding('1.4', playlist.uri, message);
    }
    const gap = before && gapBetween(rendition, before, segment);
    if (gap) yield finding('1.3', playlist.uri, gap);
    // Time stamps may start anew after a discontinuity; what a gap makes late is told once.
    if (gap || (before && isDiscontinuous(playlist, before, segment)))
      timeline = new PlaylistTimeline(starts);
    const stray = timeline.compare(segment);
    if (stray) {
      const message = `${where(rendition, segmentIndex)} starts ${seconds(stray.found)} after segment ${stray.from}, where the playlist says ${seconds(stray.declared)}`;
      yield finding('1.4', playlist.uri, message);
      timeline = new PlaylistTimeline(starts);
      timeline.compare(segment);
    }
    before = segment;
  }
}

const isDiscontinuous = ({ segments }: MediaPlaylist, before: SegmentMedia, segment: SegmentMedia): boolean =>
  segments
    .slice(before.segmentIndex + 1, segment.segmentIndex + 1)
    .some(({ isDiscontinuous: isMarked }) => isMarked);

/** What is wrong between neighbours, in words. */
function gapBetween(
  rendition: LoadedRendition,
  before: SegmentMedia,
  segment: SegmentMedia,
): string | undefined {
  const isNext = segment.segmentIndex === before.segmentIndex + 1;
  if (!isNext || isDiscontinuous(rendition.playlist, before, segment)) return undefined;
  const gap = segment.startSeconds - before.startSeconds - before.durationSeconds;
  const tolerance = Math.max(frameSeconds(before), frameSeconds(segment)) / 2 + before.uncertainSeconds;
  if (Math.abs(gap) <= tolerance) return undefined;
  const what = gap > 0 ? 'leaves a gap of' : 'overlaps the one before by';
  return `${where(rendition, segment.segmentIndex)} ${what} ${seconds(Math.abs(gap))}`;
}

/**
 * Holds the playlist's clock against the media's. Durations that are each a little short pass one by one: any
 * run of segments has to be right (Apple's 8.1), so every segment is compared with those that were earliest
 * and latest.
 */
class PlaylistTimeline {
  private earliest: SegmentMedia | undefined;
  private latest: SegmentMedia | undefined;

  constructor(private readonly starts: readonly number[]) {}

  /** From which segment on, and by how much, the playlist is more than a frame wrong. */
  compare(segment: SegmentMedia): { from: number; found: number; declared: number } | undefined {
    if (!this.earliest || this.lateness(segment) < this.lateness(this.earliest)) this.earliest = segment;
    if (!this.latest || this.lateness(segment) > this.lateness(this.latest)) this.latest = segment;
    const reference = this.latest === segment ? this.earliest : this.latest;
    const count = segment.segmentIndex - reference.segmentIndex;
    const found = segment.startSeconds - reference.startSeconds;
    const declared = this.start(segment) - this.start(reference);
    const tolerance = Math.max(frameSeconds(reference), frameSeconds(segment)) + count * roundingSeconds;
    return Math.abs(found - declared) > tolerance
      ? { from: reference.segmentIndex, found, declared }
      : undefined;
  }

  private start({ segmentIndex }: SegmentMedia): number {
    return this.starts[segmentIndex] ?? Number.NaN;
  }

  private lateness(segment: SegmentMedia): number {
    return segment.startSeconds - this.start(segment);
  }
}
