import { SourceRefusedError } from '#core/contracts/failure.js';
import type { AudioRendition, Plan, SegmentRange } from '#core/contracts/plan.js';
import {
  audioFolder,
  contentTypeOf,
  initFile,
  publicationPrefix,
  segmentFile,
} from '#core/contracts/publication-layout.js';
import { audioFrameCount, audioSegmentFrames, samplesPerAacFrame } from '#core/contracts/segment-grid.js';
import { withDigest } from '#core/isobmff/digest-box.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { writeAudioFragment } from '#core/isobmff/write-audio-fragment.js';
import { putOnce } from '#core/storage/put-once.js';
import { primingFrames } from '#workers/ffmpeg/audio-arguments.js';
import { FollowedFile } from '#workers/segments/followed-file.js';
import type { SegmentSink } from '#workers/segments/rung-output.js';

/** Consecutive segments of a rendition, or all of them. */
export interface AudioPart extends SegmentRange {
  plan: Plan;
  rendition: AudioRendition;
}

export interface AudioOutputStart extends AudioPart {
  /** The AAC frame of the grid that follows the encoder's priming frame. */
  firstFrame: number;
}

/** Regroups the AAC frames of ffmpeg's growing output into the grid's segments and stores them in order. */
export class AudioOutput {
  private readonly file: FollowedFile;
  private readonly splitter = new FragmentSplitter();
  private readonly frames: Buffer[] = [];
  private framesSeen = 0;
  /** The segment that is stored next. */
  private segmentIndex: number;
  private trustedSeconds = 0;
  private readonly plan: Plan;
  private readonly rendition: AudioRendition;
  /** Frames of ffmpeg's output before those of the first segment. */
  private readonly leadingFrames: number;

  constructor(
    private readonly sink: SegmentSink,
    private readonly start: AudioOutputStart,
    path: string,
  ) {
    const { plan, rendition, firstSegment, firstFrame } = start;
    this.plan = plan;
    this.rendition = rendition;
    this.segmentIndex = firstSegment;
    const { first } = audioSegmentFrames(plan.grid, firstSegment, rendition.sampleRate);
    this.leadingFrames = primingFrames + first - firstFrame;
    this.file = new FollowedFile(path);
  }

  /** The number of segments that this output has stored: the first ones of its part. */
  get storedSegments(): number {
    return this.segmentIndex - this.start.firstSegment;
  }

  /**
   * Allows segments that end before `seconds` of ffmpeg's output to be stored: ffmpeg has reported how
   * everything up to there was decoded.
   */
  trustUntil(seconds: number): void {
    const startSeconds = (this.start.firstFrame * samplesPerAacFrame) / this.rendition.sampleRate;
    this.trustedSeconds = startSeconds + seconds;
  }

  /** Stores the trusted segments that the file has completed since the last call. */
  async storeNew(): Promise<void> {
    for await (const chunk of this.file.read()) {
      for (const item of this.splitter.push(chunk)) {
        if (item.kind === 'init') {
          await this.put(initFile, item.bytes);
          continue;
        }
        let offset = item.dataOffset;
        for (const sample of item.samples) {
          this.take(item.bytes.subarray(offset, offset + sample.bytes));
          offset += sample.bytes;
        }
      }
    }
    await this.storeComplete();
  }

  /**
   * Stores the title's last segment, which the encoder may leave one frame short. Throws SourceRefusedError
   * if more than that is missing.
   */
  async finish(): Promise<void> {
    const wanted = audioFrameCount(this.plan.grid, this.rendition.sampleRate);
    const missing = wanted - this.start.firstFrame - (this.framesSeen - primingFrames);
    if (this.framesSeen <= this.leadingFrames || missing > 1) {
      throw new SourceRefusedError(
        'corrupt',
        `audio track ${this.rendition.streamIndex}: ${missing} AAC frames are missing`,
      );
    }
    await this.storeComplete(true);
    if (this.segmentIndex < this.plan.grid.segmentCount) {
      throw new SourceRefusedError('corrupt', `the audio ends in segment ${this.segmentIndex}`);
    }
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /** Drops the encoder's priming frame, with which audio would be 21 ms late, and what precedes the part. */
  private take(frame: Buffer): void {
    this.framesSeen += 1;
    if (this.framesSeen > this.leadingFrames) this.frames.push(Buffer.from(frame));
  }

  private async storeComplete(atEnd = false): Promise<void> {
    const { grid } = this.plan;
    const { sampleRate } = this.rendition;
    while (this.segmentIndex < this.start.firstSegment + this.start.segmentCount) {
      const range = audioSegmentFrames(grid, this.segmentIndex, sampleRate);
      const wanted = range.end - range.first;
      const isLast = this.segmentIndex === grid.segmentCount - 1;
      const isComplete = this.frames.length >= wanted || (atEnd && isLast && this.frames.length > 0);
      const isTrusted = (range.end * samplesPerAacFrame) / sampleRate <= this.trustedSeconds;
      if (!isComplete || !isTrusted) return;
      await this.storeSegment(range.first, this.frames.splice(0, wanted));
    }
  }

  private async storeSegment(firstFrame: number, frames: Buffer[]): Promise<void> {
    const bytes = writeAudioFragment({
      sequenceNumber: this.segmentIndex + 1,
      tfdt: firstFrame * samplesPerAacFrame,
      samplesPerFrame: samplesPerAacFrame,
      frames,
    });
    const path = await this.put(segmentFile(this.segmentIndex), bytes);
    this.segmentIndex += 1;
    await this.sink.progress.segmentStored(this.plan, path);
  }

  /** Resolves to the object's path inside the publication. */
  private async put(file: string, bytes: Buffer): Promise<string> {
    const path = `${audioFolder(this.rendition.renditionId)}/${file}`;
    const key = publicationPrefix(this.plan.publicationId) + path;
    await putOnce(this.sink.store, key, withDigest(bytes), contentTypeOf(path));
    return path;
  }
}
