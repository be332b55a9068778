import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/utils';
import type { TitleId } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { uploadLifeMs } from '#encoder/uploads/is-upload-expired.js';
import type { RequestTitle } from '#encoder/uploads/request-title.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

/**
 * Titles as the tus library sees them. An upload is a title in state `uploading`: no second record exists
 * that could disagree with the title's. The title record holds the upload's length, the spool its bytes.
 */
export class TitleDataStore extends DataStore {
  override extensions = ['creation', 'creation-with-upload', 'termination', 'expiration'];

  constructor(
    private readonly parts: {
      requestTitle: RequestTitle;
      spool: UploadSpool;
      createUpload(upload: Upload): Promise<void>;
      deleteTitle(titleId: TitleId): Promise<unknown>;
    },
  ) {
    super();
  }

  override getExpiration(): number {
    return uploadLifeMs;
  }

  override async create(upload: Upload): Promise<Upload> {
    await this.parts.createUpload(upload);
    return upload;
  }

  override async getUpload(id: string): Promise<Upload> {
    const record = await this.parts.requestTitle.require(id);
    const totalBytes = record.source.bytes;
    const offset =
      record.state === 'uploading' ? await this.parts.spool.offset(record.titleId, totalBytes) : totalBytes;
    return new Upload({ id, size: totalBytes, offset, creation_date: creationDateOf(record) });
  }

  override async write(body: Readable, id: string, offsetBytes: number): Promise<number> {
    const record = await this.parts.requestTitle.require(id);
    if (record.state !== 'uploading' || offsetBytes === record.source.bytes) return offsetBytes;
    return this.parts.spool.append(record.titleId, body, offsetBytes, record.source.bytes);
  }

  override async remove(id: string): Promise<void> {
    const record = await this.parts.requestTitle.require(id);
    await this.parts.deleteTitle(record.titleId);
  }
}

/** A finished upload does not expire: tus would answer 410 a day later, and the client would upload again. */
function creationDateOf(record: TitleRecord): string {
  return record.state === 'uploading' ? record.createdAt : new Date().toISOString();
}
