import { Server } from '@tus/server';
import type { Upload } from '@tus/utils';
import { createTitleId, type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { uploadSettingsSchema } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { NewTitle } from '#encoder/catalogue/create-title.js';
import { describeSettingsErrors } from '#encoder/settings/describe-settings-errors.js';
import { refuseBadLadder } from '#encoder/settings/refuse-bad-ladder.js';
import { checkUploadHeaders, sourceTooLarge } from '#encoder/uploads/check-upload-headers.js';
import { type FinishParts, finishUpload } from '#encoder/uploads/finish-upload.js';
import { checksumAlgorithms, parseChecksum, takeCheckedBody } from '#encoder/uploads/take-checked-body.js';
import { TitleDataStore } from '#encoder/uploads/title-data-store.js';
import type { UploadLocks } from '#encoder/uploads/upload-locks.js';
import { uploadRateFloor, withRateFloor } from '#encoder/uploads/with-rate-floor.js';

export interface UploadServerParts extends FinishParts {
  locks: UploadLocks;
  maxBytes: number;
  createTitle(given: NewTitle, titleId: TitleId): Promise<unknown>;
  deleteTitle(titleId: TitleId): Promise<unknown>;
  onBytes: (bytes: number) => void;
}

export const uploadsPath = '/v1/uploads';

/** Resumable uploads by tus 1.0.0 at `/v1/uploads/{titleId}`. */
export class UploadServer {
  private readonly tus: Server;
  /** What a hook or the data store threw, found again after the library has made a plain answer of it. */
  private readonly thrown = new WeakMap<Request, unknown>();

  constructor(private readonly parts: UploadServerParts) {
    this.tus = new Server({
      path: uploadsPath,
      relativeLocation: true,
      datastore: new TitleDataStore({
        ...parts,
        createUpload: (upload) => this.createUpload(upload),
      }),
      maxSize: parts.maxBytes,
      locker: (request) => ({ newLock: (id) => this.lockOf(request, id) }),
      namingFunction: () => createTitleId(),
      onUploadFinish: async (_request, upload) => {
        const record = await parts.titles.read(titleIdSchema.parse(upload.id));
        if (record) await finishUpload(parts, record);
        return {};
      },
      onResponseError: (request, error) => {
        this.thrown.set(request, error);
        return undefined;
      },
    });
    // Without a listener of its own an EventEmitter's error would end the process.
    this.tus.on('error', () => undefined);
  }

  /** Answers one tus request; rejects with ProblemError for everything that is not well. */
  async answer(request: Request): Promise<Response> {
    checkUploadHeaders(request.method, request.headers, this.parts.maxBytes);
    const checksum = parseChecksum(request.headers.get('upload-checksum'));
    const body = request.body && withRateFloor(request.body, uploadRateFloor, this.parts.onBytes);
    if (!body || !checksum) return this.pass(request, body);
    const checked = await takeCheckedBody(body, checksum, this.parts.spool.temporaryDirectory);
    try {
      return await this.pass(request, checked.body);
    } finally {
      await checked.release();
    }
  }

  private async pass(request: Request, body: ReadableStream<Uint8Array> | null): Promise<Response> {
    const passed = new Request(request.url, {
      method: request.method,
      headers: request.headers,
      ...(body ? { body, duplex: 'half' } : {}),
    });
    const answer = await this.tus.handleWeb(passed);
    if (answer.status >= 400) throw problemOf(this.thrown.get(passed), answer.status, await answer.text());
    if (request.method === 'OPTIONS') announceChecksums(answer.headers);
    // The library allows every origin and exposes credentials' header names; browsers of other sites have no business here.
    const crossSite = Array.from(answer.headers.keys()).filter((name) => name.startsWith('access-control-'));
    for (const name of crossSite) answer.headers.delete(name);
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
        settings: parseSettings(metadata.settings ?? undefined),
      },
      titleId,
    );
  }

  private lockOf(request: Request, id: string) {
    let release: (() => Promise<void>) | undefined;
    return {
      // Asking for an offset changes nothing: it must not wait for, or disturb, who writes.
      lock: async (_signal: AbortSignal, requestRelease: () => void | Promise<void>) => {
        const titleId = titleIdSchema.safeParse(id).data;
        if (request.method === 'HEAD' || titleId === undefined) return;
        release = await this.parts.locks.acquire(titleId, () => void requestRelease());
      },
      unlock: async () => release?.(),
    };
  }
}

function parseSettings(text: string | undefined) {
  let value: unknown = {};
  try {
    if (text !== undefined) value = JSON.parse(text);
  } catch (error) {
    throw new ProblemError(400, 'settings', 'The upload metadata "settings" is not JSON.', { cause: error });
  }
  const parsed = uploadSettingsSchema.safeParse(value);
  if (parsed.success) {
    refuseBadLadder(parsed.data);
    return parsed.data;
  }
  const errors = describeSettingsErrors(value);
  throw new ProblemError(400, 'settings', `The upload's settings are not usable: ${errors.join('; ')}.`, {
    fields: { errors },
  });
}

function announceChecksums(headers: Headers): void {
  headers.set('tus-checksum-algorithm', checksumAlgorithms.join(','));
  headers.set('tus-extension', `${headers.get('tus-extension') ?? ''},checksum`);
}

/** The problem behind an answer of the library: our own error where one was thrown, else its words. */
function problemOf(thrown: unknown, status: number, text: string): unknown {
  if (thrown instanceof Error && !('status_code' in thrown)) return thrown;
  return new ProblemError(
    status,
    'upload',
    text.trim() === '' ? `The upload was refused (${status}).` : text.trim(),
  );
}
