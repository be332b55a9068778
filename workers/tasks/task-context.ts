import type { FlowProducer } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '#core/runtime/log.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { PlanReader } from '#core/titles/plan-reader.js';
import type { TitleProgress } from '#core/titles/title-progress.js';
import type { TitleStore } from '#core/titles/title-store.js';
import type { SourceLimits } from '#planning/source/source-limits.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import type { Scratch } from '#workers/scratch/scratch.js';

/** Threads of each decoder and encoder of one ffmpeg run. */
export interface RunThreads {
  /** For a run in every slot: all slots together fill the machine once. */
  perSlot: number;
  /** For a run that must end soon, or that runs alone. */
  max: number;
}

/** Everything that tasks work with; `main.ts` builds it once. */
export interface TaskContext {
  store: ObjectStore;
  titles: TitleStore;
  plans: PlanReader;
  redis: Redis;
  flows: FlowProducer;
  progress: TitleProgress;
  scratch: Scratch;
  ffmpeg: Ffmpeg;
  sourceLimits: SourceLimits;
  threads: RunThreads;
}

/** One attempt at one task. */
export interface Attempt {
  log: Logger;
  /** Aborts when the worker must give up the task. */
  signal: AbortSignal;
}
