import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/utils';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { FinishParts } from '#encoder/uploads/finish-upload.js';
import { finishUpload } from '#encoder/uploads/finish-upload.js';

/** An upload not finished this long after its creation is removed. */
export const uploadLifeMs = 24 * 3600 * 1000;

export function uploadExpired(record: TitleRecord, nowMs: number): boolean {
  return record.state === 'uploading' && nowMs > Date.parse(record.createdAt) + uploadLifeMs;
}

/**
 * tus's view of titles: an upload is a title in state `uploading`, so there is no second record that could disagree with
 * the first. Its length is the source's, its bytes are in the spool.
 */
export class TitleDataStore extends DataStore {
  override extensions = ['creation', 'creation-with-upload', 'termination', 'expiration'];

  constructor(
    private readonly parts: FinishParts & {
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

  /** Also finishes what has all its bytes: a client whose last answer was lost asks here, and must not wait for a reconciler. */
  override async getUpload(id: string): Promise<Upload> {
    const record = await this.requireRecord(id);
    const totalBytes = record.source.bytes;
    let offset = totalBytes;
    if (record.state === 'uploading') {
      offset = await this.parts.spool.offset(record.titleId, totalBytes);
      if (offset === totalBytes && totalBytes > 0) await finishUpload(this.parts, record);
    }
    return new Upload({ id, size: totalBytes, offset, creation_date: creationDateOf(record) });
  }

  override async write(body: Readable, id: string, offsetBytes: number): Promise<number> {
    const record = await this.requireRecord(id);
    if (record.state !== 'uploading' || record.source.bytes === 0) return offsetBytes;
    return this.parts.spool.append(record.titleId, body, offsetBytes, record.source.bytes);
  }

  override async remove(id: string): Promise<void> {
    const record = await this.requireRecord(id);
    await this.parts.deleteTitle(record.titleId);
  }

  private async requireRecord(id: string): Promise<TitleRecord> {
    const titleId = titleIdSchema.safeParse(id).data;
    const record = titleId && (await this.parts.titles.read(titleId));
    if (!record) throw new ProblemError(404, 'unknown-upload', 'There is no such upload.');
    if (record.state === 'deleted' || uploadExpired(record, Date.now()))
      throw new ProblemError(410, 'upload-gone', 'This upload was removed or has expired. Start a new one.');
    return record;
  }
}

/** A finished upload does not expire: tus would answer 410 for it a day later, and its client would upload again. */
function creationDateOf(record: TitleRecord): string {
  return record.state === 'uploading' ? record.createdAt : new Date().toISOString();
}
