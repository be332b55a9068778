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

/** S3 multipart uploads: the five calls that the spool needs. */
export class MultipartUploads {
  constructor(
    private readonly client: S3Client,
    private readonly bucket: string,
  ) {}

  async begin(key: string): Promise<string> {
    const { UploadId } = await this.client.send(
      new CreateMultipartUploadCommand({ Bucket: this.bucket, Key: key }),
    );
    if (UploadId === undefined) throw new Error(`object ${key}: S3 returned no upload id`);
    return UploadId;
  }

  /** Lists the parts up to the first gap; undefined if the upload was completed, aborted or has expired. */
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
        .catch(undefinedIfGone);
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

  /** Turns the parts into the object. Moves no bytes, so it costs the same for any size. */
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
      .catch(undefinedIfGone);
  }
}

function undefinedIfGone(error: unknown): undefined {
  if (error instanceof NoSuchUpload || (error as Error).name === 'NoSuchUpload') return undefined;
  throw error;
}
