import { z } from 'zod';

const settingsSchema = z.strictObject({
  bucket: z.string().regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, 'a bucket name is 3 to 63 of a-z 0-9 . -'),
  /** Base URL of the server; without it AWS's own for the region. */
  endpoint: z.url({ protocol: /^https?$/, error: 'want http://host:port or https://host' }).optional(),
  region: z.string().min(1).default('us-east-1'),
  /** `endpoint/bucket/key` in place of `bucket.endpoint/key`: what MinIO and most servers outside AWS want. */
  forcePathStyle: z.enum(['true', 'false']).optional(),
  /**
   * When the AWS client adds its own checksum to a body. `when_required` suits every server: bodies then carry
   * Content-MD5, which S3 has verified from the first day. `when_supported` uses CRC32 in its place.
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

/** Reads `s3://bucket?endpoint=…&region=…&forcePathStyle=…&checksums=…`; throws naming every problem. */
export function parseS3Url(url: URL): S3Settings {
  const problems: string[] = [];
  if (url.pathname !== '' && url.pathname !== '/')
    problems.push(`path ${url.pathname}: objects lie at the top of their bucket, name the bucket alone`);
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

/** Names the place in messages; holds no secret. */
export function describeBucket(settings: S3Settings): string {
  return `bucket ${settings.bucket} at ${settings.endpoint ?? `AWS ${settings.region}`}`;
}

/** Where `check` writes: beside everything that belongs to titles, and expired by a rule of the bucket. */
export const checkPrefix = '.check/';
