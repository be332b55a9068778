import { randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { PutObjectCommand, type PutObjectCommandInput, type S3Client } from '@aws-sdk/client-s3';
import { Upload } from '@aws-sdk/lib-storage';
import type { MeasuredBody } from '#core/storage/measured-body.js';
import { storedContentType } from '#core/storage/object-key.js';
import { ObjectStoreError, type PutOptions } from '#core/storage/object-store.js';
import { isRefusal } from '#core/storage/s3/to-store-error.js';

const mebibyte = 1_048_576;
/** A streaming put holds `partsAtOnce` of these in memory. Ten thousand of them make 160 GB. */
const minPartBytes = 16 * mebibyte;
const maxParts = 10_000;
const partsAtOnce = 3;
const maxRounds = 4;
const firstPauseMs = 50;

export interface PutBody {
  /** Returns a Buffer, or reads the same bytes again. */
  open(): Buffer | MeasuredBody;
  /** False for a stream, which can be read only once. */
  replayable: boolean;
  /** Size in bytes if known: sets the part size of large bodies. */
  bytes: number | undefined;
}

export interface PutTarget {
  client: S3Client;
  bucket: string;
  key: string;
  options: PutOptions;
  /** Reads the key's present version and the id of the write that stored it. */
  inspect(): Promise<{ etag: string; writeId: string | undefined } | undefined>;
}

/** Metadata field with the id of the write that stored an object, by which a writer recognises its own. */
export const writeIdMetadata = 'millrace-write';

/**
 * Puts until the write is won or lost; resolves to the etag. A write without a clear answer may be done
 * already, later or never, so the key is read back. If it has this write's id, the write is won; if it breaks
 * the condition, lost; if it is unchanged, the write is tried again under the same id. Rejects with the AWS
 * client's last error if no try gets a clear answer.
 */
export async function putSettled(target: PutTarget, body: PutBody): Promise<string> {
  const writeId = randomUUID();
  for (let round = 1; ; round += 1) {
    const opened = body.open();
    try {
      return await send(target, opened, body.bytes, writeId);
    } catch (error) {
      target.options.signal?.throwIfAborted();
      if (!Buffer.isBuffer(opened) && opened.failure !== undefined) throw opened.failure;
      if (isRefusal(error)) throw error;
      const stored = await target.inspect();
      if (stored?.writeId === writeId) return stored.etag;
      assertCondition(target, stored?.etag);
      if (!body.replayable || round === maxRounds) throw error;
      await new Promise((resolve) => setTimeout(resolve, firstPauseMs * 2 ** round * Math.random()));
    }
  }
}

async function send(
  target: PutTarget,
  body: Buffer | MeasuredBody,
  bytes: number | undefined,
  writeId: string,
): Promise<string> {
  const { client, options } = target;
  const input = inputOf(target, writeId);
  if (Buffer.isBuffer(body) && body.length <= minPartBytes) {
    const command = new PutObjectCommand({ ...input, Body: body });
    const answer = await client.send(command, options.signal ? { abortSignal: options.signal } : {});
    return etagOf(answer.ETag, target.key);
  }
  const upload = new Upload({
    client,
    params: { ...input, Body: Buffer.isBuffer(body) ? body : Readable.from(body.chunks()) },
    queueSize: partsAtOnce,
    partSize: Math.max(minPartBytes, Math.ceil((bytes ?? 0) / maxParts)),
  });
  const abort = () => void upload.abort();
  options.signal?.addEventListener('abort', abort, { once: true });
  try {
    options.signal?.throwIfAborted();
    return etagOf((await upload.done()).ETag, target.key);
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function inputOf({ bucket, key, options }: PutTarget, writeId: string): Omit<PutObjectCommandInput, 'Body'> {
  const { contentType = storedContentType(key), condition } = options;
  return {
    Bucket: bucket,
    Key: key,
    Metadata: { [writeIdMetadata]: writeId },
    ...(contentType === undefined ? {} : { ContentType: contentType }),
    ...(condition === 'absent' ? { IfNoneMatch: '*' } : {}),
    ...(typeof condition === 'object' ? { IfMatch: condition.etag } : {}),
  };
}

function assertCondition({ key, options: { condition } }: PutTarget, etag: string | undefined): void {
  if (condition === 'absent' && etag !== undefined)
    throw new ObjectStoreError('precondition_failed', key, `object ${key}: already exists`);
  if (typeof condition === 'object' && condition.etag !== etag)
    throw new ObjectStoreError(
      'precondition_failed',
      key,
      `object ${key}: the stored version is ${etag ?? 'none'}, not ${condition.etag}`,
    );
}

function etagOf(etag: string | undefined, key: string): string {
  if (etag) return etag;
  throw new ObjectStoreError('unavailable', key, `object ${key}: the store's answer has no ETag`);
}
