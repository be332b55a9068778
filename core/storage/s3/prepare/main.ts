import { z } from 'zod';
import { commonEnvironment, readEnvironment } from '#core/runtime/environment.js';
import { createLogger } from '#core/runtime/log.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';

// Runs once before the services start: makes the bucket of MILLRACE_STORAGE_URL fit for the store.
const log = createLogger('prepare-bucket');
try {
  const settings = readEnvironment(
    {
      ...commonEnvironment,
      MILLRACE_STORAGE_URL: z.string().startsWith('s3://', 'want s3://bucket?endpoint=…'),
      AWS_ACCESS_KEY_ID: z.string(),
      AWS_SECRET_ACCESS_KEY: z.string(),
    },
    process.env,
  );
  const outcome = await prepareBucket(parseS3Url(new URL(settings.MILLRACE_STORAGE_URL)), {
    accessKeyId: settings.AWS_ACCESS_KEY_ID,
    secretAccessKey: settings.AWS_SECRET_ACCESS_KEY,
  });
  log.info(outcome, 'bucket is ready');
} catch (error) {
  log.fatal(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
