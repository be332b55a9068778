import { appendFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';
import type { EncodeTarget, Plan, VideoRung } from '#core/contracts/plan.js';
import { frameSeconds, rangeFrames, videoSegmentSeconds } from '#core/contracts/segment-grid.js';
import { measureBitrates, type SegmentSize } from '#core/hls/measure-bitrates.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { defaultInputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { seekSeconds, spanArguments } from '#workers/ffmpeg/span-arguments.js';
import { SegmentAssembler } from '#workers/segments/segment-assembler.js';

/** A rung of a plan, or one that only a bench encodes. */
export type BenchRung = EncodeTarget & Pick<VideoRung, 'renditionId'>;

/** A complete rung in one file, encoded span by span as workers do. */
export interface RungFile {
  rung: BenchRung;
  path: string;
  averageBitsPerSecond: number;
  peakBitsPerSecond: number;
}

/** Encodes `rungs` of a planned title, one run per span as a worker does, but without the sandbox. */
export async function encodeRungs(
  plan: Plan,
  rungs: readonly BenchRung[],
  sourcePath: string,
  folder: string,
): Promise<RungFile[]> {
  await mkdir(folder, { recursive: true });
  const path = (rung: BenchRung): string => join(folder, `${rung.renditionId}.mp4`);
  const sizes = new Map<BenchRung, SegmentSize[]>(rungs.map((rung) => [rung, []]));
  await Promise.all(rungs.map((rung) => rm(path(rung), { force: true })));
  for (const span of plan.spans) {
    const frames = rangeFrames(plan.grid, span);
    const args = spanArguments(plan, frames, rungs, seekSeconds(plan, frames.first));
    const part = (rung: BenchRung): string => `${path(rung)}.span.mp4`;
    await runPlainFfmpeg('ffmpeg', [
      ...[...args.input, ...inputArguments(plan.video.demuxer, defaultInputLimits), '-i', sourcePath],
      ...['-filter_complex', args.filterGraph],
      ...rungs.flatMap((rung, index) => [...(args.outputs[index] ?? []), part(rung)]),
    ]);
    for (const rung of rungs) {
      const bytes = await readFile(part(rung));
      const { init, segments, seconds } = splitSegments(plan, rung, span, bytes);
      if (span.spanIndex === 0) await writeFile(path(rung), init);
      await appendFile(path(rung), Buffer.concat(segments));
      sizes
        .get(rung)
        ?.push(
          ...segments.map((segment, index) => ({ bytes: segment.length, seconds: seconds[index] ?? 0 })),
        );
      await rm(part(rung));
    }
  }
  const targetSeconds = Math.round(frameSeconds(plan.grid, plan.grid.segmentFrames));
  return rungs.map((rung) => {
    const { averageBitsPerSecond, peakBitsPerSecond } = measureBitrates(sizes.get(rung) ?? [], targetSeconds);
    return { rung, path: path(rung), averageBitsPerSecond, peakBitsPerSecond };
  });
}

function splitSegments(
  plan: Plan,
  rung: BenchRung,
  span: Plan['spans'][number],
  file: Buffer,
): { init: Buffer; segments: Buffer[]; seconds: number[] } {
  const assembler = new SegmentAssembler(plan.grid, rung, span);
  const split: { init: Buffer; segments: Buffer[]; seconds: number[] } = {
    init: Buffer.alloc(0),
    segments: [],
    seconds: [],
  };
  for (const item of new FragmentSplitter().push(file)) {
    if (item.kind === 'init') split.init = item.bytes;
    else {
      const segment = assembler.push(item);
      if (!segment) continue;
      split.segments.push(segment.bytes);
      split.seconds.push(videoSegmentSeconds(plan.grid, segment.segmentIndex, rung.frameStep));
    }
  }
  return split;
}
