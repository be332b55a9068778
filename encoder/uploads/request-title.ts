import { AsyncLocalStorage } from 'node:async_hooks';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { TitleStore } from '#core/titles/title-store.js';
import { isUploadExpired } from '#encoder/uploads/is-upload-expired.js';

interface RequestScope {
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
  async scope<Result>(handle: () => Promise<Result>): Promise<Result> {
    return this.scopes.run({}, handle);
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
