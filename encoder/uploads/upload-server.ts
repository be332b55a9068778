import { Server } from '@tus/server';
import { Metadata, type Upload } from '@tus/utils';
import { createTitleId, type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { NewTitle } from '#encoder/catalogue/create-title.js';
import { parseSettingsMetadata } from '#encoder/settings/parse-settings-metadata.js';
import { checkUploadHeaders, sourceTooLarge, tusVersion } from '#encoder/uploads/check-upload-headers.js';
import { type FinishParts, finishUpload } from '#encoder/uploads/finish-upload.js';
import { RequestTitle, TitleDataStore } from '#encoder/uploads/title-data-store.js';
import { checksumAlgorithms, parseChecksum, type UploadChecksum } from '#encoder/uploads/upload-checksum.js';
import type { UploadLocks } from '#encoder/uploads/upload-locks.js';
import { type RateFloor, withRateFloor } from '#encoder/uploads/with-rate-floor.js';

export interface UploadServerParts extends FinishParts {
  locks: UploadLocks;
  maxBytes: number;
  rateFloor: RateFloor;
  createTitle(given: NewTitle, titleId: TitleId): Promise<unknown>;
  deleteTitle(titleId: TitleId): Promise<unknown>;
  onBytes: (bytes: number) => void;
}

export const uploadsPath = '/v1/uploads';

/** Resumable uploads by tus 1.0.0 at `/v1/uploads/{titleId}`. */
export class UploadServer {
  private readonly tus: Server;
  private readonly requestTitle: RequestTitle;
  /** Errors of our hooks and data store, kept because the library turns them into plain text responses. */
  private readonly thrown = new WeakMap<Request, unknown>();

  constructor(private readonly parts: UploadServerParts) {
    this.requestTitle = new RequestTitle(parts.titles);
    this.tus = new Server({
      path: uploadsPath,
      relativeLocation: true,
      datastore: new TitleDataStore({
        requestTitle: this.requestTitle,
        spool: parts.spool,
        deleteTitle: (titleId) => parts.deleteTitle(titleId),
        createUpload: (upload) => this.createUpload(upload),
      }),
      maxSize: parts.maxBytes,
      locker: (request) => ({ newLock: (id) => this.lockOf(request, id) }),
      namingFunction: () => createTitleId(),
      onUploadFinish: async (_request, upload) => {
        await finishUpload(parts, titleIdSchema.parse(upload.id));
        return {};
      },
      onResponseError: (request, error) => {
        this.thrown.set(request, error);
        return undefined;
      },
    });
    // An `error` event without a listener would end the process.
    this.tus.on('error', () => undefined);
  }

  /** Headers of the response to OPTIONS. */
  get capabilities(): Record<string, string> {
    return {
      'Tus-Version': tusVersion,
      'Tus-Extension': [...this.tus.datastore.extensions, 'checksum'].join(','),
      'Tus-Max-Size': String(this.parts.maxBytes),
      'Tus-Checksum-Algorithm': checksumAlgorithms.join(','),
    };
  }

  /** Answers one tus request. Rejects with ProblemError for every refusal. */
  async answer(request: Request): Promise<Response> {
    checkUploadHeaders(request.method, request.headers, this.parts.maxBytes);
    const checksum = parseChecksum(request.headers.get('upload-checksum'));
    // The library answers 400 for every body that fails, whatever the reason.
    let tooSlow: ProblemError | undefined;
    const { rateFloor, onBytes } = this.parts;
    const onTooSlow = (problem: ProblemError): void => {
      tooSlow = problem;
    };
    const body = request.body && withRateFloor(request.body, rateFloor, { onBytes, onTooSlow });
    try {
      return await this.pass(request, body, checksum);
    } catch (error) {
      throw tooSlow ?? error;
    }
  }

  private async pass(
    request: Request,
    body: ReadableStream<Uint8Array> | null,
    checksum: UploadChecksum | undefined,
  ): Promise<Response> {
    const passed = new Request(request.url, {
      method: request.method,
      headers: request.headers,
      ...(body ? { body, duplex: 'half' } : {}),
    });
    const answer = await this.requestTitle.scope(checksum, () => this.handle(passed));
    if (answer.status >= 400) throw problemOf(this.thrown.get(passed), answer.status, await answer.text());
    // The library allows cross-origin requests from everywhere; which are allowed is a setting.
    const crossSite = Array.from(answer.headers.keys()).filter((name) => name.startsWith('access-control-'));
    for (const name of crossSite) answer.headers.delete(name);
    return answer;
  }

  /**
   * A process killed after the last byte leaves a complete upload unfinished. Its client sends HEAD next and
   * takes a complete offset for success, so the upload is finished before HEAD is answered.
   */
  private async handle(request: Request): Promise<Response> {
    const answer = await this.tus.handleWeb(request);
    const { current } = this.requestTitle;
    if (request.method !== 'HEAD' || !answer.ok || !current) return answer;
    const { uploadMetadata } = current.source;
    // "Responses to HEAD requests MUST include the Upload-Metadata header and its value" (tus 1.0.0).
    if (uploadMetadata !== undefined) answer.headers.set('upload-metadata', uploadMetadata);
    const isComplete = answer.headers.get('upload-offset') === answer.headers.get('upload-length');
    if (isComplete && current.state === 'uploading') await finishUpload(this.parts, current.titleId);
    return answer;
  }

  private async createUpload(upload: Upload): Promise<void> {
    const titleId = titleIdSchema.parse(upload.id);
    const bytes = upload.size ?? 0;
    if (bytes > this.parts.maxBytes) throw sourceTooLarge(bytes, this.parts.maxBytes);
    const metadata = upload.metadata ?? {};
    await this.parts.createTitle(
      {
        name: metadata.name ?? undefined,
        fileName: metadata.filename ?? '',
        bytes,
        settings: parseSettingsMetadata(metadata.settings ?? undefined),
        uploadMetadata: Metadata.stringify(metadata),
      },
      titleId,
    );
  }

  private lockOf(request: Request, id: string) {
    let release: (() => Promise<void>) | undefined;
    return {
      // HEAD takes no lock: it must neither wait for nor interrupt the writer.
      lock: async (_signal: AbortSignal, requestRelease: () => void | Promise<void>) => {
        const titleId = titleIdSchema.safeParse(id).data;
        if (request.method === 'HEAD' || titleId === undefined) return;
        release = await this.parts.locks.acquire(titleId, () => void requestRelease());
      },
      unlock: async () => release?.(),
    };
  }
}

/** The error behind an error response: ours if we threw one, otherwise a problem with the library's text. */
function problemOf(thrown: unknown, status: number, text: string): unknown {
  if (thrown instanceof Error && !('status_code' in thrown)) return thrown;
  return new ProblemError(
    status,
    'upload',
    text.trim() === '' ? `The upload was refused (${status}).` : text.trim(),
  );
}
