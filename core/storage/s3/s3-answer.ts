import { Readable } from 'node:stream';
import type { GetObjectCommandOutput } from '@aws-sdk/client-s3';
import { type ObjectHead, ObjectStoreError } from '#core/storage/object-store.js';

/** The fields shared by answers about one object and by the entries of a listing. */
interface Described {
  ETag?: string | undefined;
  Size?: number | undefined;
  LastModified?: Date | undefined;
  ContentType?: string | undefined;
}

export function headOf(key: string, described: Described): ObjectHead {
  if (described.ETag === undefined || described.Size === undefined)
    throw new ObjectStoreError(
      'unavailable',
      key,
      `object ${key}: the store's answer has no ETag or no size`,
    );
  return {
    key,
    bytes: described.Size,
    etag: described.ETag,
    lastModified: described.LastModified ?? new Date(0),
    contentType: described.ContentType,
  };
}

const CONTENT_RANGE = /^bytes (\d+)-(\d+)\/(\d+)$/;

/** First and last byte of an answer's body, inclusive (`last` is -1 if empty), and size of the object. */
export function extentOf(answer: GetObjectCommandOutput): { first: number; last: number; total: number } {
  const match = CONTENT_RANGE.exec(answer.ContentRange ?? '');
  if (match) return { first: Number(match[1]), last: Number(match[2]), total: Number(match[3]) };
  const total = answer.ContentLength ?? 0;
  return { first: 0, last: total - 1, total };
}

export function bodyOf(answer: GetObjectCommandOutput): Readable {
  return answer.Body instanceof Readable ? answer.Body : Readable.from([]);
}

/** Consecutive failures, without a byte between them, after which a body ends with its error. */
const maxFailures = 4;
const firstPauseMs = 100;

/**
 * Returns a body that resumes where its connection broke. `opened` is the stream of the first answer;
 * `reopen` requests the same version from a byte on; `first` and `last` are inclusive; `translate` turns
 * errors into the store's own.
 */
export function resumeBody(
  opened: Readable,
  range: { first: number; last: number },
  reopen: (first: number) => Promise<Readable>,
  translate: (error: unknown) => unknown,
): Readable {
  let current = opened;

  async function* chunks(): AsyncGenerator<Buffer> {
    let offset = range.first;
    let failures = 0;
    while (offset <= range.last) {
      try {
        if (failures > 0) current = await reopen(offset);
        for await (const chunk of current) {
          offset += (chunk as Buffer).length;
          failures = 0;
          yield chunk as Buffer;
        }
        if (offset <= range.last) throw shortBody(offset, range.last);
      } catch (error) {
        failures += 1;
        const translated = translate(error);
        const retryable = translated instanceof ObjectStoreError && translated.retryable;
        if (failures > maxFailures || !retryable) throw translated;
        await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** failures * Math.random()));
      }
    }
  }

  const body = Readable.from(chunks(), { objectMode: false, highWaterMark: 262_144 });
  // If a body is destroyed before its first read, the generator never starts and would keep the connection
  // open.
  body.once('close', () => current.destroy());
  return body;
}

function shortBody(offset: number, last: number): Error {
  return Object.assign(new Error(`the body ended before byte ${offset} of ${last + 1}`), {
    code: 'ECONNRESET',
  });
}
