import type { SegmentGrid, VideoRung } from '#core/contracts/plan.js';
import { segmentFrames, steppedFrames } from '#core/contracts/segment-grid.js';
import type { Fragment } from '#core/isobmff/fragment-splitter.js';

/** A whole segment, and where its key frames are: what I-frame playlists need. */
export interface AssembledSegment {
  segmentIndex: number;
  bytes: Buffer;
  frames: number;
  /** Byte range of each key frame with its `moof`, inside the segment. */
  keyFrames: { offsetBytes: number; lengthBytes: number }[];
}

/** The encoder's output is not what the plan says: the span must not be published. */
export class SegmentMismatchError extends Error {
  readonly retryable = true;

  constructor(message: string) {
    super(message);
    this.name = 'SegmentMismatchError';
  }
}

/**
 * Gathers a rung's fragments (a GOP each) into the grid's segments and checks every one against the plan: it starts where
 * it must, with a key frame, and holds the frames that its playlist promises.
 */
export class SegmentAssembler {
  private segmentIndex: number;
  private gathered: Fragment[] = [];
  private gatheredFrames = 0;

  constructor(
    private readonly grid: SegmentGrid,
    private readonly rung: Pick<VideoRung, 'renditionId' | 'frameStep' | 'frameRate'>,
    private readonly span: { firstSegment: number; segmentCount: number },
  ) {
    this.segmentIndex = span.firstSegment;
  }

  /** Returns the segment that `fragment` completes, if it does. Throws SegmentMismatchError. */
  push(fragment: Fragment): AssembledSegment | undefined {
    const where = `rendition ${this.rung.renditionId}: segment ${this.segmentIndex}`;
    if (this.segmentIndex >= this.span.firstSegment + this.span.segmentCount) {
      throw new SegmentMismatchError(`${where} is past the end of its span`);
    }
    const frames = steppedFrames(segmentFrames(this.grid, this.segmentIndex), this.rung.frameStep);
    const wanted = (frames.first + this.gatheredFrames) * this.rung.frameRate.denominator;
    if (fragment.tfdt !== wanted) {
      throw new SegmentMismatchError(
        `${where}: a fragment starts at tick ${fragment.tfdt}, not at ${wanted}`,
      );
    }
    if (!fragment.startsWithSync)
      throw new SegmentMismatchError(`${where}: a fragment does not start with a key frame`);
    this.gathered.push(fragment);
    this.gatheredFrames += fragment.sampleCount;
    const expected = frames.end - frames.first;
    if (this.gatheredFrames < expected) return undefined;
    if (this.gatheredFrames > expected) {
      throw new SegmentMismatchError(`${where} has ${this.gatheredFrames} frames, the plan says ${expected}`);
    }
    return this.take();
  }

  /** Frames that are missing from the span so far: 0 when all of it was assembled. */
  missingFrames(): number {
    const end = this.span.firstSegment + this.span.segmentCount;
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
