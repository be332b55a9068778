import type { Command } from 'commander';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions } from '#cli/context/cli-context.js';
import { CliError } from '#cli/context/cli-error.js';
import { prepareBucket } from '#core/storage/s3/prepare-bucket.js';
import { parseS3Url } from '#core/storage/s3/s3-settings.js';
import { readStorageCredentials } from '#core/storage/storage-credentials.js';

export function addPrepareBucketCommand(program: Command, context: CliContext): void {
  const command = program
    .command('prepare-bucket')
    .description(
      'create the bucket of MILLRACE_STORAGE_URL, private and with a lifecycle rule; safe to run again',
    );
  addCommonOptions(command).action(async (options: CommonOptions) => {
    const { MILLRACE_STORAGE_URL: url } = context.environment;
    const credentials = readStorageCredentials(context.environment);
    if (!url?.startsWith('s3://') || !credentials)
      throw new CliError(
        'Set MILLRACE_STORAGE_URL (s3://bucket?endpoint=…), AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.',
      );
    const settings = parseS3Url(new URL(url));
    const prepared = await prepareBucket(settings, credentials);
    context.stdout.write(
      options.json
        ? `${JSON.stringify({ bucket: settings.bucket, ...prepared })}\n`
        : `Bucket ${settings.bucket} is ready${prepared.made ? ' (made now)' : ''}.\n`,
    );
  });
}
