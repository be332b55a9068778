import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Plan, SegmentRange, VideoRung } from '#core/contracts/plan.js';
import {
  contentTypeOf,
  initFile,
  publicationPrefix,
  quickSegmentFile,
  segmentFile,
  videoFolder,
  videoPrefix,
} from '#core/contracts/publication-layout.js';
import type { SegmentFacts } from '#core/contracts/task.js';
import { withDigest, withoutDigest } from '#core/isobmff/digest-box.js';
import { withEditList, withHdrBoxes } from '#core/isobmff/extend-init.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { readInit } from '#core/isobmff/read-init.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putOnce } from '#core/storage/put-once.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import { hasUrgentSettings } from '#workers/ffmpeg/urgent-encoder-arguments.js';
import { FollowedFile } from '#workers/segments/followed-file.js';
import { type AssembledSegment, factsOf, SegmentAssembler } from '#workers/segments/segment-assembler.js';
import { SegmentMismatchError } from '#workers/segments/segment-mismatch-error.js';

/** Where finished segments go. */
export interface SegmentSink {
  store: ObjectStore;
  progress: { segmentStored(plan: Plan, path: string): Promise<void> };
}

/** Consecutive segments of one rung. */
export interface RungWork {
  plan: Plan;
  range: SegmentRange;
  rung: VideoRung;
  /** Somebody waits: see `SegmentWork`. */
  isUrgent?: boolean;
}

/** Divides one rung's growing output file into segments, checks them and stores them. */
export class RungOutput {
  /** Facts of the segments that this output stored, not another attempt. */
  readonly storedFacts: SegmentFacts[] = [];
  private readonly file: FollowedFile;
  private readonly splitter = new FragmentSplitter();
  private readonly assembler: SegmentAssembler;
  private readonly plan: Plan;
  private readonly range: SegmentRange;
  private readonly rung: VideoRung;
  private readonly isQuick: boolean;
  private init: Buffer | undefined;
  private initStored = false;

  constructor(
    private readonly sink: SegmentSink,
    { plan, range, rung, isUrgent = false }: RungWork,
    path: string,
  ) {
    this.plan = plan;
    this.range = range;
    this.rung = rung;
    this.isQuick = isUrgent && hasUrgentSettings(rung);
    this.file = new FollowedFile(path);
    this.assembler = new SegmentAssembler(plan.grid, rung, range);
  }

  get renditionId(): string {
    return this.rung.renditionId;
  }

  /** Whether ffmpeg has written its header, which it does with the first frame. */
  get hasBegun(): boolean {
    return this.init !== undefined;
  }

  /** Stores the segments that the file has completed since the last call. */
  async storeNew(): Promise<void> {
    for await (const chunk of this.file.read()) {
      for (const item of this.splitter.push(chunk)) {
        if (item.kind === 'init') {
          this.init = item.bytes;
          continue;
        }
        if (!this.initStored) await this.storeInit(item.firstCompositionOffset);
        const segment = this.assembler.push(item);
        if (segment) await this.storeSegment(segment);
      }
    }
  }

  /** Throws SourceRefusedError if the run ended before the last segment was complete. */
  checkComplete(figures: RunFigures): void {
    const missing = this.assembler.missingFrames();
    if (missing === 0) return;
    const { firstSegment, segmentCount } = this.range;
    const detail = `${missing} frames are missing from segments ${firstSegment} to ${firstSegment + segmentCount - 1}`;
    if (figures.videoFramesDecoded === 0)
      throw new SourceRefusedError('corrupt', `no frame could be decoded: ${detail}`);
    throw new SourceRefusedError('truncated', `the video ends early: ${detail}`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /**
   * Stores the init segment with an edit list that undoes the encoder's reordering delay; without it the
   * video starts a frame or two late. Every span must produce the same init segment.
   */
  private async storeInit(compositionOffset: number): Promise<void> {
    const { plan, rung } = this;
    const name = `rendition ${rung.renditionId}`;
    if (!this.init) throw new SegmentMismatchError(`${name}: the output has no init segment`);
    const hdrMetadata = rung.videoRange === 'PQ' ? plan.video.hdrMetadata : undefined;
    const init = withHdrBoxes(withEditList(this.init, compositionOffset), hdrMetadata);
    const { codecString } = readInit(init);
    if (codecString !== rung.codecString) {
      throw new SegmentMismatchError(
        `${name}: the encoder wrote ${codecString}, the plan declares ${rung.codecString}`,
      );
    }
    const key = `${videoPrefix(plan.publicationId, rung.renditionId)}${initFile}`;
    if (!(await putOnce(this.sink.store, key, withDigest(init), contentTypeOf(key)))) {
      const stored = await this.sink.store.read(key);
      if (!withoutDigest(stored.bytes).equals(init)) {
        throw new SegmentMismatchError(
          `${name}: the init segment differs from the stored one: another version or other settings of the encoder`,
        );
      }
    }
    this.initStored = true;
  }

  private async storeSegment(segment: AssembledSegment): Promise<void> {
    const path = `${videoFolder(this.rung.renditionId)}/${segmentFile(segment.segmentIndex)}`;
    const key = publicationPrefix(this.plan.publicationId) + path;
    const bytes = withDigest(segment.bytes);
    const isFirst = await putOnce(this.sink.store, key, bytes, contentTypeOf(path));
    if (isFirst) this.storedFacts.push(factsOf({ ...segment, bytes }));
    await this.sink.progress.segmentStored(this.plan, path);
    // After the signal that players wait for: a mark that a crash loses makes a report's share a little low.
    if (isFirst && this.isQuick) await this.markQuick(segment.segmentIndex);
  }
  private async markQuick(segmentIndex: number): Promise<void> {
    const folder = videoPrefix(this.plan.publicationId, this.rung.renditionId);
    await putOnce(this.sink.store, `${folder}${quickSegmentFile(segmentIndex)}`, Buffer.alloc(0), undefined);
  }
}
