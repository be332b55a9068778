import type { LoadedRendition, SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';
import { declaredStarts, frameSeconds, roundingSeconds } from '#core/hls/check/rules/declared-starts.js';
import { type Finding, finding, formatSeconds, nameSegment } from '#core/hls/check/rules/finding.js';
import type { MediaPlaylist } from '#core/hls/read/playlist.js';

/** Checks rules 1.3 and 1.4: segments follow without gaps, and their durations match the playlist. */
export function* checkContinuity(rendition: LoadedRendition): Generator<Finding> {
  const { playlist, segments } = rendition;
  const starts = declaredStarts(playlist);
  let before: SegmentMedia | undefined;
  let timeline = new PlaylistTimeline(starts);
  for (const segment of segments) {
    const name = nameSegment(rendition, segment.segmentIndex);
    const declared = playlist.segments[segment.segmentIndex]?.durationSeconds ?? Number.NaN;
    const tolerance = frameSeconds(segment) + segment.uncertainSeconds + roundingSeconds;
    if (Math.abs(declared - segment.durationSeconds) > tolerance) {
      const found = formatSeconds(segment.durationSeconds);
      const message = `${name} declares ${formatSeconds(declared)}, but its media lasts ${found}`;
      yield finding('1.4', playlist.uri, message);
    }
    const gap = before && describeGap(playlist, before, segment);
    if (gap) yield finding('1.3', playlist.uri, `${name} ${gap}`);
    // A discontinuity may restart the timestamps, and the delay after a gap has been reported already.
    if (gap || (before && isDiscontinuous(playlist, before, segment))) {
      timeline = new PlaylistTimeline(starts);
    }
    const deviation = timeline.compare(segment);
    if (deviation) {
      const message =
        `${name} starts ${formatSeconds(deviation.found)} after segment ${deviation.from}, ` +
        `but ${formatSeconds(deviation.declared)} in the playlist`;
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

/** Describes a gap or an overlap between neighbouring segments; undefined if there is none. */
function describeGap(
  playlist: MediaPlaylist,
  before: SegmentMedia,
  segment: SegmentMedia,
): string | undefined {
  const isNext = segment.segmentIndex === before.segmentIndex + 1;
  if (!isNext || isDiscontinuous(playlist, before, segment)) return undefined;
  const gap = segment.startSeconds - before.startSeconds - before.durationSeconds;
  const tolerance = Math.max(frameSeconds(before), frameSeconds(segment)) / 2 + before.uncertainSeconds;
  if (Math.abs(gap) <= tolerance) return undefined;
  return gap > 0
    ? `starts after a gap of ${formatSeconds(gap)}`
    : `overlaps the previous one by ${formatSeconds(-gap)}`;
}

/**
 * Compares the timeline of the playlist with that of the media. Errors of single durations may each be within
 * tolerance and still add up: any run of segments must match (Apple's rule 8.1), so every segment is compared
 * with the earliest and the latest one relative to the playlist.
 */
class PlaylistTimeline {
  private earliest: SegmentMedia | undefined;
  private latest: SegmentMedia | undefined;

  constructor(private readonly starts: readonly number[]) {}

  /**
   * Returns the first segment of a run that deviates by more than a frame, with the run's measured and
   * declared length.
   */
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
