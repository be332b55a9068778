import type { SegmentGrid, SegmentRange, VideoRung } from '#core/contracts/plan.js';
import { segmentFrames, steppedFrames } from '#core/contracts/segment-grid.js';
import type { SegmentFacts } from '#core/contracts/task.js';
import type { Fragment } from '#core/isobmff/fragment-splitter.js';
import { SegmentMismatchError } from '#workers/segments/segment-mismatch-error.js';

/** A whole segment, with the byte ranges of its key frames for I-frame playlists. */
export interface AssembledSegment extends Omit<SegmentFacts, 'bytes'> {
  bytes: Buffer;
}

/** What the assembler knows a rung by. */
export type SegmentedRung = Pick<VideoRung, 'renditionId' | 'frameStep' | 'frameRate'>;

export function factsOf({ segmentIndex, bytes, frames, keyFrames }: AssembledSegment): SegmentFacts {
  return { segmentIndex, bytes: bytes.length, frames, keyFrames };
}

/**
 * Gathers a rung's fragments (a GOP each) into the grid's segments. Checks each against the plan: its start,
 * its leading key frame and its number of frames.
 */
export class SegmentAssembler {
  private segmentIndex: number;
  private gathered: Fragment[] = [];
  private gatheredFrames = 0;

  constructor(
    private readonly grid: SegmentGrid,
    private readonly rung: SegmentedRung,
    private readonly range: SegmentRange,
  ) {
    this.segmentIndex = range.firstSegment;
  }

  /** Returns the segment that `fragment` completes, or undefined. Throws SegmentMismatchError. */
  push(fragment: Fragment): AssembledSegment | undefined {
    const where = `rendition ${this.rung.renditionId}: segment ${this.segmentIndex}`;
    if (this.segmentIndex >= this.range.firstSegment + this.range.segmentCount) {
      throw new SegmentMismatchError(`${where} is past the end of the encoded range`);
    }
    const frames = steppedFrames(segmentFrames(this.grid, this.segmentIndex), this.rung.frameStep);
    const wanted = (frames.first + this.gatheredFrames) * this.rung.frameRate.denominator;
    if (fragment.tfdt !== wanted) {
      throw new SegmentMismatchError(
        `${where}: a fragment starts at tick ${fragment.tfdt} instead of ${wanted}`,
      );
    }
    if (!fragment.startsWithSync)
      throw new SegmentMismatchError(`${where}: a fragment does not start with a key frame`);
    this.gathered.push(fragment);
    this.gatheredFrames += fragment.sampleCount;
    const expected = frames.end - frames.first;
    if (this.gatheredFrames < expected) return undefined;
    if (this.gatheredFrames > expected) {
      throw new SegmentMismatchError(`${where} has ${this.gatheredFrames} frames instead of ${expected}`);
    }
    return this.take();
  }

  /** Frames that the range still lacks; 0 once its last segment is assembled. */
  missingFrames(): number {
    const end = this.range.firstSegment + this.range.segmentCount;
    let missing = -this.gatheredFrames;
    for (let index = this.segmentIndex; index < end; index += 1) {
      const frames = steppedFrames(segmentFrames(this.grid, index), this.rung.frameStep);
      missing += frames.end - frames.first;
    }
    return missing;
  }

  private take(): AssembledSegment {
    let offsetBytes = 0;
    const keyFrames = this.gathered.map(({ bytes, keyFrameBytes }) => {
      const range = { offsetBytes, lengthBytes: keyFrameBytes };
      offsetBytes += bytes.length;
      return range;
    });
    const segment = {
      segmentIndex: this.segmentIndex,
      bytes: Buffer.concat(this.gathered.map(({ bytes }) => bytes)),
      frames: this.gatheredFrames,
      keyFrames,
    };
    this.segmentIndex += 1;
    this.gathered = [];
    this.gatheredFrames = 0;
    return segment;
  }
}
