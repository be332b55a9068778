import { z } from 'zod';
import { queueNames } from '#core/queue/queues.js';
import { commonSettings, port, positiveInteger, readSettings } from '#core/runtime/read-settings.js';
import { storageSettings } from '#core/storage/storage-credentials.js';

const queueList = z
  .string()
  .transform((text) => text.split(',').map((name) => name.trim()))
  .pipe(z.array(z.enum(queueNames)).min(1));

export const workerSettings = {
  ...commonSettings,
  ...storageSettings,
  MILLRACE_PORT: port.default(0),
  /** Encodes that run at the same time. Default: the number of cores. */
  MILLRACE_SLOTS: positiveInteger.max(256).optional(),
  /** Threads of one ffmpeg. Default: cores / slots. */
  MILLRACE_SLOT_THREADS: positiveInteger.max(256).optional(),
  MILLRACE_SCRATCH_DIR: z.string().optional(),
  MILLRACE_QUEUES: queueList.optional(),
  MILLRACE_FFMPEG: z.string().default('ffmpeg'),
  MILLRACE_FFPROBE: z.string().default('ffprobe'),
  /** An ffmpeg with libvmaf, for reports. */
  MILLRACE_VMAF_FFMPEG: z.string().optional(),
  MILLRACE_SANDBOX: z.enum(['auto', 'bwrap', 'unshare', 'none']).default('auto'),
  /** Address space of one ffmpeg, in bytes. */
  MILLRACE_FFMPEG_MEMORY_BYTES: positiveInteger.default(8 * 2 ** 30),
  /** nice(1) level of ffmpeg's background runs. */
  MILLRACE_FFMPEG_NICE: z.coerce.number().int().min(0).max(19).default(10),
  MILLRACE_MAX_SOURCE_PIXELS: positiveInteger.default(35_389_440),
  MILLRACE_MAX_SOURCE_SECONDS: positiveInteger.default(12 * 3600),
  MILLRACE_MAX_SOURCE_FRAME_RATE: positiveInteger.default(1000),
  MILLRACE_MAX_SOURCE_STREAMS: positiveInteger.max(1000).default(64),
} as const;

export type WorkerSettings = ReturnType<typeof readWorkerSettings>;

/** Throws SettingsError, which names every variable that is missing or invalid. */
export function readWorkerSettings(environment: NodeJS.ProcessEnv) {
  return readSettings(workerSettings, environment);
}
