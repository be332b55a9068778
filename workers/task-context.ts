import type { FlowProducer } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '#core/runtime/log.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { SourceLimits } from '#planning/source/source-limits.js';
import type { InputLimits } from '#workers/ffmpeg/input-arguments.js';
import type { SandboxSettings } from '#workers/ffmpeg/launcher.js';
import type { Scratch } from '#workers/scratch/scratch.js';

/** Threads of one encoding ffmpeg: of each of its decoders and encoders. */
export interface RunThreads {
  /** One run in every slot: together they fill the machine once. */
  perSlot: number;
  /** A run that must end soon, or has nothing beside it. */
  max: number;
}

/** Everything a task works with; built once by `main.ts`. */
export interface TaskContext {
  store: ObjectStore;
  titles: TitleStore;
  plans: PlanReader;
  redis: Redis;
  flows: FlowProducer;
  progress: TitleProgress;
  scratch: Scratch;
  sandbox: SandboxSettings;
  /** `writeSharedLauncher`'s script. */
  sharedLauncher: string;
  sourceLimits: SourceLimits;
  inputLimits: InputLimits;
  threads: RunThreads;
  /** Absolute path of an ffmpeg with libvmaf; reports go without VMAF where there is none. */
  vmafFfmpeg: string | undefined;
  /** Address space of one ffmpeg, bytes. */
  memoryBytes: number;
}

/** One attempt at one task. */
export interface Attempt {
  log: Logger;
  /** Aborts when the worker must give the task up. */
  signal: AbortSignal;
}
