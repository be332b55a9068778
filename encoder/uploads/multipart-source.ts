import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  ListPartsCommand,
  NoSuchUpload,
  type S3Client,
  UploadPartCommand,
} from '@aws-sdk/client-s3';

export interface StoredPart {
  partNumber: number;
  bytes: number;
  etag: string;
}

/** The multipart upload of one object: the five calls of S3 that it takes. */
export class MultipartSource {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  async begin(key: string): Promise<string> {
    const { UploadId } = await this.client.send(
      new CreateMultipartUploadCommand({ Bucket: this.bucket, Key: key }),
    );
    if (UploadId === undefined) throw new Error(`object ${key}: S3 began an upload without an id`);
    return UploadId;
  }

  /** Parts from the first, as far as none is missing; undefined where the upload was completed, aborted or has expired. */
  async parts(key: string, uploadId: string): Promise<StoredPart[] | undefined> {
    const parts: StoredPart[] = [];
    let after: string | undefined;
    do {
      const page = await this.client
        .send(
          new ListPartsCommand({
            Bucket: this.bucket,
            Key: key,
            UploadId: uploadId,
            ...(after === undefined ? {} : { PartNumberMarker: after }),
          }),
        )
        .catch(undefinedWhereGone);
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
    const { ETag } = await this.client.send(
      new UploadPartCommand({
        Bucket: this.bucket,
        Key: key,
        UploadId: uploadId,
        PartNumber: partNumber,
        Body: body,
      }),
    );
    return { partNumber, bytes: body.length, etag: ETag ?? '' };
  }

  /** Costs the same for any number of bytes: the parts become the object where they lie. */
  async complete(key: string, uploadId: string, parts: readonly StoredPart[]): Promise<void> {
    await this.client.send(
      new CompleteMultipartUploadCommand({
        Bucket: this.bucket,
        Key: key,
        UploadId: uploadId,
        MultipartUpload: {
          Parts: parts.map(({ partNumber, etag }) => ({ PartNumber: partNumber, ETag: etag })),
        },
      }),
    );
  }

  async abort(key: string, uploadId: string): Promise<void> {
    await this.client
      .send(new AbortMultipartUploadCommand({ Bucket: this.bucket, Key: key, UploadId: uploadId }))
      .catch(undefinedWhereGone);
  }
}

function undefinedWhereGone(error: unknown): undefined {
  if (error instanceof NoSuchUpload || (error as Error).name === 'NoSuchUpload') return undefined;
  throw error;
}
