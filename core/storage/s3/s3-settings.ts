import { z } from 'zod';

const settingsSchema = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name is 3 to 63 of a-z 0-9 . -'),
  /** Base URL of the server. Default: AWS's own for the region. */
  endpoint: z.url({ protocol: /^https?$/, error: 'want http://host:port or https://host' }).optional(),
  region: z.string().min(1).default('us-east-1'),
  /** `endpoint/bucket/key` instead of `bucket.endpoint/key`: MinIO and most servers outside AWS need it. */
  forcePathStyle: z.enum(['true', 'false']).optional(),
  /**
   * When the AWS client adds its own checksum to a body. `when_required` works with every server: bodies then
   * carry Content-MD5, which every S3 server verifies. `when_supported` uses CRC32 instead.
   */
  checksums: z.enum(['when_required', 'when_supported']).default('when_required'),
});

export interface S3Settings {
  bucket: string;
  endpoint: string | undefined;
  region: string;
  forcePathStyle: boolean;
  checksums: 'when_required' | 'when_supported';
}

/** Reads `s3://bucket?endpoint=…&region=…&forcePathStyle=…&checksums=…`. Throws naming every problem. */
export function parseS3Url(url: URL): S3Settings {
  const problems: string[] = [];
  if (url.pathname !== '' && url.pathname !== '/')
    problems.push(`path ${url.pathname}: the store uses the whole bucket, name the bucket alone`);
  if (url.username !== '' || url.password !== '')
    problems.push('credentials: give them in AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, never in the URL');
  const result = settingsSchema.safeParse({ bucket: url.host, ...Object.fromEntries(url.searchParams) });
  if (result.success && problems.length === 0) {
    const { forcePathStyle, endpoint, ...settings } = result.data;
    return {
      ...settings,
      endpoint,
      forcePathStyle: forcePathStyle === undefined ? endpoint !== undefined : forcePathStyle === 'true',
    };
  }
  for (const issue of result.error?.issues ?? [])
    problems.push(`${issue.path.join('.')} ${issue.message}`.trim());
  throw new Error(`storage URL s3://${url.host}: ${problems.join('; ')}`);
}

/** Names the bucket in messages, without secrets. */
export function describeBucket(settings: S3Settings): string {
  return `bucket ${settings.bucket} at ${settings.endpoint ?? `AWS ${settings.region}`}`;
}

/** Prefix of what `check` writes: apart from all titles, and expired by a lifecycle rule of the bucket. */
export const checkPrefix = '.check/';
