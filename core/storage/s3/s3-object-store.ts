import { createReadStream, createWriteStream } from 'node:fs';
import { unlink } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import {
  DeleteObjectCommand,
  GetObjectCommand,
  type GetObjectCommandOutput,
  HeadObjectCommand,
  ListObjectsV2Command,
  type S3Client,
} from '@aws-sdk/client-s3';
import { localFileBytes, MeasuredBody } from '#core/storage/measured-body.js';
import { assertValidKey, assertValidPrefix } from '#core/storage/object-key.js';
import {
  type LocalSource,
  type ObjectHead,
  type ObjectStore,
  ObjectStoreError,
  type PutOptions,
  type StoredObject,
} from '#core/storage/object-store.js';
import { assertRange } from '#core/storage/resolve-range.js';
import { type PutBody, putSettled, writeIdMetadata } from '#core/storage/s3/put-settled.js';
import { bodyOf, extentOf, headOf, resumeBody } from '#core/storage/s3/s3-answer.js';
import { createS3Client, defaultTimeouts, type S3Timeouts } from '#core/storage/s3/s3-client.js';
import { checkPrefix, type S3Settings } from '#core/storage/s3/s3-settings.js';
import { SourceCache } from '#core/storage/s3/source-cache.js';
import { isMissing, toScratchError, toStoreError } from '#core/storage/s3/to-store-error.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';

const maxListed = 1000;

export interface S3StoreOptions {
  credentials?: StorageCredentials;
  timeouts?: S3Timeouts;
  /** Limit of the unused copies in each scratch directory, in bytes. */
  sourceCacheBytes?: number;
}

const defaultSourceCacheBytes = 20 * 1024 ** 3;

/** Stores objects in a bucket, over the plain S3 API with conditional puts. */
export class S3ObjectStore implements ObjectStore {
  private readonly client: S3Client;
  private readonly sourceCaches = new Map<string, SourceCache>();

  constructor(
    private readonly settings: S3Settings,
    private readonly options: S3StoreOptions = {},
  ) {
    this.client = createS3Client(settings, options.credentials, options.timeouts ?? defaultTimeouts);
  }

  async put(
    key: string,
    body: Buffer | Readable,
    options: PutOptions = {},
  ): Promise<{ etag: string; bytes: number }> {
    const measured = new MeasuredBody(key, body, options.contentLength);
    const putBody: PutBody = {
      open: () => (Buffer.isBuffer(body) ? body : measured),
      replayable: Buffer.isBuffer(body),
      bytes: Buffer.isBuffer(body) ? body.length : options.contentLength,
    };
    try {
      const etag = await this.settle(key, putBody, options);
      return { etag, bytes: Buffer.isBuffer(body) ? body.length : measured.bytes };
    } finally {
      measured.discard();
    }
  }

  async putFile(
    key: string,
    localPath: string,
    options: Omit<PutOptions, 'contentLength'> = {},
  ): Promise<{ etag: string; bytes: number }> {
    const bytes = await localFileBytes(key, localPath);
    const open = () =>
      new MeasuredBody(key, createReadStream(localPath, { highWaterMark: 1_048_576 }), bytes);
    const etag = await this.settle(key, { open, replayable: true, bytes }, options);
    await unlink(localPath);
    return { etag, bytes };
  }

  async get(
    key: string,
    options: { range?: { first: number; last?: number }; signal?: AbortSignal } = {},
  ): Promise<StoredObject> {
    const { range, signal } = options;
    if (range) assertRange(key, range);
    return this.inStore(key, signal, async () => {
      const wanted = range ? `bytes=${range.first}-${range.last ?? ''}` : undefined;
      const answer = await this.request(key, { range: wanted, signal });
      const { first, last, total } = extentOf(answer);
      const head = headOf(key, { ...answer, Size: total });
      const reopen = async (from: number): Promise<Readable> =>
        bodyOf(await this.request(key, { range: `bytes=${from}-${last}`, ifMatch: head.etag, signal }));
      const body = resumeBody(bodyOf(answer), { first, last }, reopen, (error) =>
        signal?.aborted ? signal.reason : toStoreError(error, key, this.settings),
      );
      return { ...head, body, range: range ? { first, last } : undefined };
    });
  }

  async read(
    key: string,
    options: { signal?: AbortSignal } = {},
  ): Promise<{ head: ObjectHead; bytes: Buffer }> {
    const { body, range: _range, ...head } = await this.get(key, options);
    return this.inStore(key, options.signal, async () => ({ head, bytes: await buffer(body) }));
  }

  async head(key: string): Promise<ObjectHead | undefined> {
    return this.inStore(key, undefined, async () => (await this.headWithWriteId(key))?.head);
  }

  async list(
    prefix: string,
    options: { after?: string; limit?: number } = {},
  ): Promise<{ objects: ObjectHead[]; next: string | undefined }> {
    assertValidPrefix(prefix);
    const limit = Math.min(Math.max(1, options.limit ?? maxListed), maxListed);
    return this.inStore(undefined, undefined, async () => {
      const page = await this.client.send(
        new ListObjectsV2Command({
          Bucket: this.settings.bucket,
          Prefix: prefix,
          MaxKeys: limit,
          ...(options.after ? { StartAfter: options.after } : {}),
        }),
      );
      const objects = (page.Contents ?? []).map((entry) => headOf(entry.Key ?? '', entry));
      return { objects, next: page.IsTruncated ? objects.at(-1)?.key : undefined };
    });
  }

  async delete(key: string): Promise<void> {
    await this.inStore(key, undefined, () =>
      this.client.send(new DeleteObjectCommand({ Bucket: this.settings.bucket, Key: key })),
    );
  }

  async openSource(key: string, scratchDirectory: string): Promise<LocalSource> {
    const head = await this.head(key);
    if (!head) throw new ObjectStoreError('not_found', key, `object ${key}: not found`);
    let cache = this.sourceCaches.get(scratchDirectory);
    if (!cache) {
      cache = new SourceCache(
        join(scratchDirectory, 'sources'),
        this.options.sourceCacheBytes ?? defaultSourceCacheBytes,
        (from, etag, path) => this.download(from, etag, path),
      );
      this.sourceCaches.set(scratchDirectory, cache);
    }
    return cache.open(head);
  }

  async check(): Promise<void> {
    await this.put(`${checkPrefix}writable`, Buffer.from('check'));
    await this.delete(`${checkPrefix}writable`);
  }

  async close(): Promise<void> {
    this.client.destroy();
  }

  private settle(key: string, body: PutBody, options: PutOptions): Promise<string> {
    const { client, settings } = this;
    return this.inStore(key, options.signal, () =>
      putSettled({ client, bucket: settings.bucket, key, options, inspect: () => this.findWrite(key) }, body),
    );
  }

  private async findWrite(key: string): Promise<{ etag: string; writeId: string | undefined } | undefined> {
    const found = await this.headWithWriteId(key);
    return found && { etag: found.head.etag, writeId: found.writeId };
  }

  private async headWithWriteId(
    key: string,
  ): Promise<{ head: ObjectHead; writeId: string | undefined } | undefined> {
    try {
      const answer = await this.client.send(
        new HeadObjectCommand({ Bucket: this.settings.bucket, Key: key }),
      );
      const head = headOf(key, { ...answer, Size: answer.ContentLength });
      return { head, writeId: answer.Metadata?.[writeIdMetadata] };
    } catch (error) {
      if (isMissing(error)) return undefined;
      throw error;
    }
  }

  private request(
    key: string,
    options: { range: string | undefined; ifMatch?: string; signal: AbortSignal | undefined },
  ): Promise<GetObjectCommandOutput> {
    return this.client.send(
      new GetObjectCommand({
        Bucket: this.settings.bucket,
        Key: key,
        ...(options.range === undefined ? {} : { Range: options.range }),
        ...(options.ifMatch === undefined ? {} : { IfMatch: options.ifMatch }),
      }),
      options.signal ? { abortSignal: options.signal } : {},
    );
  }

  private async download(key: string, etag: string, path: string): Promise<void> {
    const { body, ...found } = await this.get(key);
    if (found.etag !== etag) {
      body.destroy();
      throw new ObjectStoreError('unavailable', key, `object ${key}: replaced just before it was downloaded`);
    }
    try {
      await pipeline(body, createWriteStream(path));
    } catch (error) {
      throw toScratchError(error, key, path);
    }
  }

  private async inStore<Result>(
    key: string | undefined,
    signal: AbortSignal | undefined,
    use: () => Promise<Result>,
  ): Promise<Result> {
    if (key !== undefined) assertValidKey(key);
    signal?.throwIfAborted();
    try {
      return await use();
    } catch (error) {
      signal?.throwIfAborted();
      throw toStoreError(error, key ?? '', this.settings);
    }
  }
}
