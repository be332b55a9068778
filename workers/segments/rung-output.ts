import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Plan, Span, VideoRung } from '#core/contracts/plan.js';
import {
  contentTypeOf,
  initFile,
  publicationPrefix,
  segmentFile,
  videoFolder,
  videoPrefix,
} from '#core/contracts/publication-layout.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { readInit } from '#core/isobmff/read-init.js';
import { withEditList } from '#core/isobmff/with-edit-list.js';
import { withHdrBoxes } from '#core/isobmff/with-hdr-boxes.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putOnce } from '#core/storage/put-once.js';
import type { RunFigures } from '#workers/ffmpeg/run-log.js';
import { FollowedFile } from '#workers/segments/followed-file.js';
import {
  type AssembledSegment,
  SegmentAssembler,
  SegmentMismatchError,
} from '#workers/segments/segment-assembler.js';

/** Where finished segments go. */
export interface SegmentSink {
  store: ObjectStore;
  progress: { segmentStored(plan: Plan, path: string): Promise<void> };
}

/** One rung's growing output file: cut into segments, checked, stored. */
export class RungOutput {
  private readonly file: FollowedFile;
  private readonly splitter = new FragmentSplitter();
  private readonly assembler: SegmentAssembler;
  private init: Buffer | undefined;
  private initStored = false;

  constructor(
    private readonly context: SegmentSink,
    private readonly plan: Plan,
    private readonly span: Span,
    private readonly rung: VideoRung,
    path: string,
  ) {
    this.file = new FollowedFile(path);
    this.assembler = new SegmentAssembler(plan.grid, rung, span);
  }

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

  checkComplete(figures: RunFigures): void {
    const missing = this.assembler.missingFrames();
    if (missing === 0) return;
    const where = `${missing} frames of span ${this.span.firstSegment}+${this.span.segmentCount} did not come`;
    if (figures.videoFramesDecoded === 0)
      throw new SourceRefusedError('corrupt', `nothing could be decoded: ${where}`);
    throw new SourceRefusedError('truncated', `the picture ends early: ${where}`);
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  /**
   * The init segment, with an edit list that takes the encoder's reordering delay back: without it the picture is shown
   * a frame or two late. It must be the same whichever span it comes from.
   */
  private async storeInit(compositionOffset: number): Promise<void> {
    if (!this.init)
      throw new SegmentMismatchError(`rendition ${this.rung.renditionId}: no init segment came`);
    const hdrMetadata = this.rung.videoRange === 'PQ' ? this.plan.video.hdrMetadata : undefined;
    const init = withHdrBoxes(withEditList(this.init, compositionOffset), hdrMetadata);
    const { codecString } = readInit(init);
    if (codecString !== this.rung.codecString) {
      throw new SegmentMismatchError(
        `rendition ${this.rung.renditionId}: the encoder wrote ${codecString}, the plan declares ${this.rung.codecString}`,
      );
    }
    const key = `${videoPrefix(this.plan.publicationId, this.rung.renditionId)}${initFile}`;
    if (!(await putOnce(this.context.store, key, init, contentTypeOf(key)))) {
      const stored = await this.context.store.read(key);
      if (!stored.bytes.equals(init)) {
        throw new SegmentMismatchError(
          `rendition ${this.rung.renditionId}: the init segment differs from the stored one: an encoder of another version or setting`,
        );
      }
    }
    this.initStored = true;
  }

  private async storeSegment(segment: AssembledSegment): Promise<void> {
    const path = `${videoFolder(this.rung.renditionId)}/${segmentFile(segment.segmentIndex)}`;
    await putOnce(
      this.context.store,
      publicationPrefix(this.plan.publicationId) + path,
      segment.bytes,
      contentTypeOf(path),
    );
    await this.context.progress.segmentStored(this.plan, path);
  }
}
