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
