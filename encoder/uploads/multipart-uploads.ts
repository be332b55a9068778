import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import type { S3Settings } from '#core/storage/s3/s3-settings.js';
import { toStoreError } from '#core/storage/s3/to-store-error.js';

export interface StoredPart {
  partNumber: number;
  bytes: number;
  etag: string;
}

/** S3 multipart uploads: the five calls that the spool needs. Every call rejects with ObjectStoreError. */
export class MultipartUploads {
  constructor(
    private readonly client: S3Client,
    private readonly settings: S3Settings,
  ) {}

  async begin(key: string): Promise<string> {
    const { UploadId } = await this.inStore(
      key,
      this.client.send(new CreateMultipartUploadCommand({ Bucket: this.settings.bucket, Key: key })),
    );
    if (UploadId === undefined) throw new Error(`object ${key}: S3 returned no upload id`);
    return UploadId;
  }

  /** Lists the parts up to the first gap; undefined if the upload was completed, aborted or has expired. */
  async parts(key: string, uploadId: string): Promise<StoredPart[] | undefined> {
    const parts: StoredPart[] = [];
    let after: string | undefined;
    do {
      const command = new ListPartsCommand({
        Bucket: this.settings.bucket,
        Key: key,
        UploadId: uploadId,
        ...(after === undefined ? {} : { PartNumberMarker: after }),
      });
      const page = await this.inStore(key, this.client.send(command).catch(undefinedIfGone));
      if (!page) return undefined;
      for (const { PartNumber, Size, ETag } of page.Parts ?? []) {
        if (PartNumber !== parts.length + 1 || Size === undefined || ETag === undefined) return parts;
        parts.push({ partNumber: PartNumber, bytes: Size, etag: ETag });
      }
      after = page.IsTruncated ? page.NextPartNumberMarker : undefined;
    } while (after !== undefined);
    return parts;
  }

  async putPart(key: string, uploadId: string, partNumber: number, body: Buffer): Promise<StoredPart> {
    const command = new UploadPartCommand({
      Bucket: this.settings.bucket,
      Key: key,
      UploadId: uploadId,
      PartNumber: partNumber,
      Body: body,
    });
    const { ETag } = await this.inStore(key, this.client.send(command));
    return { partNumber, bytes: body.length, etag: ETag ?? '' };
  }

  /** Turns the parts into the object. Moves no bytes, so it costs the same for any size. */
  async complete(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<void> {
    const command = new CompleteMultipartUploadCommand({
      Bucket: this.settings.bucket,
      Key: key,
      UploadId: uploadId,
      MultipartUpload: {
        Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
      },
    });
    await this.inStore(key, this.client.send(command));
  }

  async abort(key: string, uploadId: string): Promise<void> {
    const target = { Bucket: this.settings.bucket, Key: key, UploadId: uploadId };
    await this.inStore(key, this.client.send(new AbortMultipartUploadCommand(target)).catch(undefinedIfGone));
  }

  private async inStore<Answer>(key: string, answer: Promise<Answer>): Promise<Answer> {
    try {
      return await answer;
    } catch (error) {
      throw toStoreError(error, key, this.settings);
    }
  }
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof NoSuchUpload || (error as Error).name === 'NoSuchUpload') return undefined;
  throw error;
}
