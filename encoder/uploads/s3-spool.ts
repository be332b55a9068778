import { tmpdir } from 'node:os';
import type { Readable } from 'node:stream';
import { S3Store } from '@tus/s3-store';
import { Upload } from '@tus/utils';
import type { TitleId } from '#core/contracts/ids.js';
import { sourceKey } from '#core/contracts/publication-layout.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import type { S3Settings } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

/** 10,000 parts of this are 160 GB; the store takes larger parts for longer films. */
const partBytes = 16 * 1024 * 1024;

/**
 * Uploads as S3 multipart uploads of the source objects themselves: completing one moves no bytes, and any replica can go
 * on with one that another began, since all of its state is in the bucket.
 */
export class S3Spool implements UploadSpool {
  readonly temporaryDirectory = tmpdir();
  private readonly parts: S3Store;

  constructor(
    settings: S3Settings,
    credentials: StorageCredentials | undefined,
    private readonly store: ObjectStore,
  ) {
    this.parts = new S3Store({
      partSize: partBytes,
      // One part at a time: of two under way the later may be kept and the earlier lost, and the sum of the parts, which is
      // the offset that is told, would then count bytes on the wrong side of a hole.
      maxConcurrentPartUploads: 1,
      useTags: false,
      cache: forgetful,
      s3ClientConfig: {
        bucket: settings.bucket,
        region: settings.region,
        forcePathStyle: settings.forcePathStyle,
        ...(settings.endpoint === undefined ? {} : { endpoint: settings.endpoint }),
        ...(credentials ? { credentials } : {}),
        requestChecksumCalculation: 'WHEN_REQUIRED',
        responseChecksumValidation: 'WHEN_REQUIRED',
      },
    });
  }

  async offset(titleId: TitleId, totalBytes: number): Promise<number> {
    if (await this.store.head(sourceKey(titleId))) return totalBytes;
    return (await this.known(titleId))?.offset ?? 0;
  }

  async append(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number> {
    const id = sourceKey(titleId);
    if (!(await this.known(titleId)))
      await this.parts.create(new Upload({ id, size: totalBytes, offset: 0 }));
    return this.parts.write(body, id, offsetBytes);
  }

  /** The store completes the multipart upload with its last byte; one whose completion failed is completed here. */
  async place(titleId: TitleId, totalBytes: number): Promise<void> {
    if (!(await this.store.head(sourceKey(titleId)))) {
      const { Readable } = await import('node:stream');
      await this.parts.write(Readable.from([]), sourceKey(titleId), totalBytes);
    }
    const placed = await this.store.head(sourceKey(titleId));
    if (placed?.bytes !== totalBytes) {
      throw new Error(
        `upload ${titleId}: the source object has ${placed?.bytes ?? 'no'} bytes, ${totalBytes} were announced`,
      );
    }
    for (const suffix of ['.info', '.part']) await this.store.delete(`${sourceKey(titleId)}${suffix}`);
  }

  async discard(titleId: TitleId): Promise<void> {
    if (!(await this.known(titleId))) return;
    await this.parts.remove(sourceKey(titleId));
    await this.store.delete(`${sourceKey(titleId)}.part`);
  }

  private async known(titleId: TitleId): Promise<Upload | undefined> {
    if (!(await this.store.head(`${sourceKey(titleId)}.info`))) return undefined;
    return this.parts.getUpload(sourceKey(titleId));
  }
}

/** Other replicas change the same uploads: what is remembered of one may be wrong by the next request. */
const forgetful = {
  get: async () => undefined,
  set: async () => undefined,
  delete: async () => undefined,
};
