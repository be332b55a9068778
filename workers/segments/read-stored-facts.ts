import type { SegmentGrid, VideoRung } from '#core/contracts/plan.js';
import { segmentFrames, steppedFrames } from '#core/contracts/segment-grid.js';
import type { SegmentFacts } from '#core/contracts/span-facts.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { SegmentAssembler, SegmentMismatchError } from '#workers/segments/segment-assembler.js';

/** Reads a stored segment back and checks it against the plan once more: what is declared rests on what is stored. */
export function readStoredFacts(
  bytes: Buffer,
  grid: SegmentGrid,
  rung: Pick<VideoRung, 'renditionId' | 'frameStep' | 'frameRate'>,
  segmentIndex: number,
): SegmentFacts {
  const assembler = new SegmentAssembler(grid, rung, { firstSegment: segmentIndex, segmentCount: 1 });
  for (const item of new FragmentSplitter().push(bytes)) {
    const segment = item.kind === 'fragment' ? assembler.push(item) : undefined;
    if (!segment) continue;
    return { segmentIndex, bytes: bytes.length, frames: segment.frames, keyFrames: segment.keyFrames };
  }
  const frames = steppedFrames(segmentFrames(grid, segmentIndex), rung.frameStep);
  throw new SegmentMismatchError(
    `rendition ${rung.renditionId}: stored segment ${segmentIndex} lacks ${assembler.missingFrames()} of ${frames.end - frames.first} frames`,
  );
}
