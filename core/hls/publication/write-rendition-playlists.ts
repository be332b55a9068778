import type { AudioRendition, Plan, SegmentGrid, VideoRung } from '#core/contracts/plan.js';
import { initFile, segmentFile } from '#core/contracts/publication-layout.js';
import { audioSegmentSeconds, frameSeconds, videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import { PlaylistWriteError } from '#core/hls/write/attribute-list.js';
import { writeMediaPlaylist } from '#core/hls/write/write-media-playlist.js';

/** One key frame with its `moof`, as a byte range of its segment. */
export interface IframePosition {
  segmentIndex: number;
  offsetBytes: number;
  lengthBytes: number;
  /** Time to the next key frame, or to the end. */
  durationSeconds: number;
}

/** Writes the media playlist of a rung from the grid alone, so it is complete before anything is encoded. */
export function writeVideoPlaylist(plan: Plan, rung: VideoRung): string {
  return writeGridPlaylist(plan.grid, (index) => videoSegmentSeconds(plan.grid, index, rung.frameStep));
}

/** Writes the media playlist of an audio rendition from the grid alone. */
export function writeAudioPlaylist(plan: Plan, rendition: AudioRendition): string {
  return writeGridPlaylist(plan.grid, (index) => audioSegmentSeconds(plan.grid, index, rendition.sampleRate));
}

/** Writes the I-frame playlist of a rung; it is stored beside the rung's media playlist. */
export function writeIframePlaylist(
  plan: Plan,
  rung: VideoRung,
  keyFrames: readonly IframePosition[],
): string {
  if (!plan.rungs.some(({ renditionId }) => renditionId === rung.renditionId)) {
    throw new PlaylistWriteError(`publication ${plan.publicationId} has no rendition ${rung.renditionId}`);
  }
  return writeMediaPlaylist({
    targetDurationSeconds: targetDurationSeconds(plan.grid),
    iframesOnly: true,
    initUri: initFile,
    segments: keyFrames.map(({ segmentIndex, durationSeconds, offsetBytes, lengthBytes }) => ({
      uri: segmentFile(segmentIndex),
      durationSeconds,
      byteRange: { offsetBytes, lengthBytes },
    })),
  });
}

function writeGridPlaylist(grid: SegmentGrid, secondsOf: (segmentIndex: number) => number): string {
  return writeMediaPlaylist({
    targetDurationSeconds: targetDurationSeconds(grid),
    initUri: initFile,
    segments: Array.from({ length: grid.segmentCount }, (_, index) => ({
      uri: segmentFile(index),
      durationSeconds: secondsOf(index),
    })),
  });
}

/**
 * The target duration of every rendition, from the grid alone: RFC 8216 6.2.4 requires the same one on all of
 * them. A title of a single short segment uses it too.
 */
function targetDurationSeconds(grid: SegmentGrid): number {
  return Math.max(1, Math.round(frameSeconds(grid, grid.segmentFrames)));
}
