import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Clip } from '#bench/encode/clips.js';
import { runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';
import { runReference, runTitle } from '#bench/encode/whole-title.js';
import type { Plan } from '#core/contracts/plan.js';
import { gridSeconds, segmentFrames } from '#core/contracts/segment-grid.js';
import { defaultInputLimits, inputArguments } from '#workers/ffmpeg/input-arguments.js';
import { spanArguments } from '#workers/ffmpeg/span-arguments.js';
import type { PlannedSource } from '#workers/source/plan-source.js';

export interface ThroughputResult {
  clip: string;
  rungs: number;
  clipSeconds: number;
  rounds: ThroughputRound[];
}

/** Times of one title and its yardstick, seconds. */
export interface ThroughputRound {
  wallSeconds: number;
  cpuSeconds: number;
  /** CPU time of sampling, measured in an earlier plan; part of `cpuSeconds` that the yardstick lacks. */
  planningCpuSeconds: number;
  referenceWallSeconds: number;
  referenceCpuSeconds: number;
}

/**
 * Short clips are encoded more often, up to this total duration in seconds, because noise weighs more in
 * them.
 */
const totalClipSeconds = 150;
const maxRounds = 5;

/**
 * Measures a title with as many slots as cores, alternating with one ffmpeg that makes the same output. The
 * yardstick is the mean of the ffmpeg runs before and after, because the speed of a shared machine changes by
 * the minute.
 */
export async function measureThroughput(
  clip: Clip,
  { plan, cpuSeconds: planningCpuSeconds }: PlannedSource,
  say: (line: string) => void,
): Promise<ThroughputResult> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  const clipSeconds = gridSeconds(plan.grid);
  const count = Math.min(maxRounds, Math.ceil(totalClipSeconds / clipSeconds));
  const rounds: ThroughputRound[] = [];
  try {
    say(`${clip.name}: one ffmpeg`);
    let before = await runReference(clip, plan, folder);
    while (rounds.length < count) {
      say(`${clip.name}: the whole title, one ffmpeg (${rounds.length + 1} of ${count})`);
      const title = await runTitle(clip, { slots: availableParallelism() });
      const after = await runReference(clip, plan, folder);
      rounds.push({
        wallSeconds: title.wallSeconds,
        cpuSeconds: title.cpuSeconds,
        planningCpuSeconds,
        referenceWallSeconds: (before.wallSeconds + after.wallSeconds) / 2,
        referenceCpuSeconds: (before.cpuSeconds + after.cpuSeconds) / 2,
      });
      before = after;
    }
    return { clip: clip.name, rungs: plan.rungs.length, clipSeconds, rounds };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

export interface SlotsResult {
  clip: string;
  oneSlotSeconds: number;
  twoSlotsSeconds: number;
}

/** Measures the gain of a second slot. A slot has one core's worth of threads. */
export async function measureSlots(clip: Clip): Promise<SlotsResult> {
  const two = await runTitle(clip, { slots: 2, slotThreads: 1 });
  const one = await runTitle(clip, { slots: 1, slotThreads: 1 });
  return { clip: clip.name, oneSlotSeconds: one.wallSeconds, twoSlotsSeconds: two.wallSeconds };
}

export interface MemoryResult {
  clip: string;
  height: number;
  rungs: number;
  /** Peak resident memory of the ffmpeg of a span. */
  maxResidentBytes: number;
}

/** Runs the first span of a title as a slot does. */
export async function measureMemory(clip: Clip, plan: Plan): Promise<MemoryResult> {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-bench-'));
  try {
    const frames = segmentFrames(plan.grid, 0);
    const args = spanArguments(plan, frames, plan.rungs, undefined);
    const { maxResidentBytes } = await runPlainFfmpeg('ffmpeg', [
      ...[...args.input, '-threads', '1', ...inputArguments(plan.video.demuxer, defaultInputLimits)],
      ...['-i', clip.path, '-filter_complex_threads', '1', '-filter_complex', args.filterGraph],
      ...args.outputs.flatMap((options, index) => [
        ...options,
        '-threads',
        '1',
        join(folder, `${index}.mp4`),
      ]),
    ]);
    return {
      clip: clip.name,
      height: plan.video.displayHeight,
      rungs: plan.rungs.length,
      maxResidentBytes,
    };
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
