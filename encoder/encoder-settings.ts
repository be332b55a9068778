import { z } from 'zod';
import { commonEnvironment, port, positiveInteger, readEnvironment } from '#core/runtime/environment.js';

const storageAndQueue = {
  ...commonEnvironment,
  MILLRACE_REDIS_URL: z.string(),
  MILLRACE_STORAGE_URL: z.string(),
  AWS_ACCESS_KEY_ID: z.string().optional(),
  AWS_SECRET_ACCESS_KEY: z.string().optional(),
  /** Bearer secret that edges must send; without it anybody who reaches the origin may read. */
  MILLRACE_ORIGIN_SECRET: z.string().min(16, 'at least 16 characters').optional(),
} as const;

const encoderShape = {
  ...storageAndQueue,
  MILLRACE_PORT: port.default(8070),
  MILLRACE_ORIGIN_PORT: port.default(8071),
  /** Public base of the delivery service: where titles are watched. */
  MILLRACE_DELIVERY_URL: z.url({ protocol: /^https?$/ }).transform((url) => url.replace(/\/+$/, '')),
  /** An API key to accept from the first start; without it one is made and printed once. */
  MILLRACE_BOOTSTRAP_KEY: z
    .string()
    .regex(/^[\x21-\x7e]{32,256}$/, '32 to 256 printable characters without spaces')
    .optional(),
  /** Largest source taken in, bytes. */
  MILLRACE_MAX_SOURCE_BYTES: positiveInteger.default(200 * 1024 ** 3),
} as const;

const originShape = { ...storageAndQueue, MILLRACE_PORT: port.default(8071) } as const;

export type EncoderSettings = ReturnType<typeof readEncoderSettings>;

/** Throws EnvironmentError naming every variable that is missing or wrong. */
export function readEncoderSettings(environment: NodeJS.ProcessEnv) {
  return readEnvironment(encoderShape, environment);
}

export function readOriginSettings(environment: NodeJS.ProcessEnv) {
  return readEnvironment(originShape, environment);
}
