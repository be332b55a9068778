import { AsyncLocalStorage } from 'node:async_hooks';
import type { Readable } from 'node:stream';
import { DataStore, Upload } from '@tus/utils';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { type UploadChecksum, verifyChecksum } from '#encoder/uploads/upload-checksum.js';
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
    const { spool, requestTitle } = this.parts;
    const { checksum } = requestTitle;
    // "The Server MUST discard the chunk" (tus 1.0.0) whose checksum does not match, or cannot be computed.
    return checksum
      ? spool.appendWhole(record.titleId, verifyChecksum(body, checksum), offsetBytes, record.source.bytes)
      : spool.append(record.titleId, body, offsetBytes, record.source.bytes);
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

interface RequestScope {
  checksum: UploadChecksum | undefined;
  record?: TitleRecord;
}

/**
 * The title record of the upload that a request is about, read from storage once per request. The tus library
 * calls its data store several times per request and passes nothing but the upload's id.
 */
export class RequestTitle {
  private readonly scopes = new AsyncLocalStorage<RequestScope>();

  constructor(private readonly titles: Pick<TitleStore, 'read'>) {}

  /** Handles one request: inside it, `require` reads the record once. */
  async scope<Result>(checksum: UploadChecksum | undefined, handle: () => Promise<Result>): Promise<Result> {
    return this.scopes.run({ checksum }, handle);
  }

  /** Checksum that this request declares for its body. */
  get checksum(): UploadChecksum | undefined {
    return this.scopes.getStore()?.checksum;
  }

  /** The record as this request read it; undefined before `require`. */
  get current(): TitleRecord | undefined {
    return this.scopes.getStore()?.record;
  }

  /** Rejects with 404 for an unknown upload, and with 410 for one that was removed or has expired. */
  async require(uploadId: string): Promise<TitleRecord> {
    const scope = this.scopes.getStore();
    if (scope?.record) return scope.record;
    const record = await this.read(uploadId);
    if (scope) scope.record = record;
    return record;
  }

  private async read(uploadId: string): Promise<TitleRecord> {
    const titleId: TitleId | undefined = titleIdSchema.safeParse(uploadId).data;
    const record = titleId && (await this.titles.read(titleId));
    if (!record) throw new ProblemError(404, 'unknown-upload', 'There is no such upload.');
    if (record.state === 'deleted' || isUploadExpired(record, Date.now()))
      throw new ProblemError(410, 'upload-gone', 'This upload was deleted or has expired. Start a new one.');
    return record;
  }
}

/** Lifetime of an unfinished upload, from its creation. The reconciler deletes it afterwards. */
const uploadLifeMs = 24 * 3600 * 1000;

export function isUploadExpired(record: TitleRecord, nowMs: number): boolean {
  return record.state === 'uploading' && nowMs > Date.parse(record.createdAt) + uploadLifeMs;
}
