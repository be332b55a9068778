import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { Upload, type UrlStorage } from 'tus-js-client';
import { ApiRefusal, type EncoderClient, unreachable } from '#cli/api/encoder-client.js';
import { IdleLimitHttpStack } from '#cli/api/idle-limit-http-stack.js';
import {
  problemText,
  requireOffset,
  responseOf,
  type UploadPause,
  UploadRetries,
} from '#cli/api/upload-retries.js';
import { CliError } from '#cli/context/cli-error.js';

/**
 * Bytes per PATCH: few enough to meet a server's time limits on a slow line, enough to make overhead
 * negligible.
 */
const chunkBytes = 32 * 2 ** 20;
/** More than the encoder takes to answer during an outage. */
const defaultMaxIdleMs = 60_000;

export interface UploadInput {
  file: string;
  name: string | undefined;
  /** In the API's format. Undefined: the API's defaults. */
  settings: Record<string, unknown> | undefined;
}

export interface UploadProgress {
  titleId: string | null;
  bytesSent: number;
  bytesTotal: number;
  resumed: boolean;
}

export interface UploadWork {
  client: EncoderClient;
  input: UploadInput;
  remembered: UrlStorage;
  signal: AbortSignal;
  onProgress: (progress: UploadProgress) => void;
  /** Called before each pause, while the encoder, its storage or the network is away. */
  onPause: (pause: UploadPause) => void;
  /** Time without a byte after which a request is repeated. */
  maxIdleMs?: number;
}

/**
 * Uploads a file with the tus protocol. Resolves to the title id once the encoder has accepted every byte.
 * Waits during an outage, however long, and resumes at the encoder's offset.
 */
export async function uploadFile(work: UploadWork): Promise<string> {
  const { client, input, remembered, signal } = work;
  const path = resolve(input.file);
  const file = await assertReadableFile(path);
  const fingerprint = fingerprintOf(client.apiUrl, path, file, input);
  const [previous] = await remembered.findUploadsByFingerprint(fingerprint);

  const titleId = await new Promise<string>((resolveTitle, reject) => {
    const report = (bytesSent: number): void => {
      if (signal.aborted) return;
      work.onProgress({
        titleId: titleIdFrom(upload.url) ?? null,
        bytesSent,
        bytesTotal: file.bytes,
        resumed: previous !== undefined,
      });
    };
    const stop = (): void => {
      void upload.abort();
      reject(signal.reason as Error);
    };
    const retries = new UploadRetries(work.onPause);
    const upload = new Upload(createReadStream(path), {
      endpoint: `${client.apiUrl}/v1/uploads`,
      headers: client.authorization,
      metadata: metadataOf(path, input),
      uploadSize: file.bytes,
      chunkSize: chunkBytes,
      httpStack: new IdleLimitHttpStack(work.maxIdleMs ?? defaultMaxIdleMs),
      retryDelays: retries.pausesMs,
      onShouldRetry: (error, attempt) => retries.shouldRetry(error, attempt, upload.url !== null),
      onAfterResponse: requireOffset,
      urlStorage: remembered,
      fingerprint: () => Promise.resolve(fingerprint),
      onProgress: report,
      onError: (error) => {
        signal.removeEventListener('abort', stop);
        reject(explainUpload(error, client.apiUrl));
      },
      onSuccess: () => {
        signal.removeEventListener('abort', stop);
        report(file.bytes);
        const titleId = titleIdFrom(upload.url);
        if (titleId === undefined)
          reject(new CliError(`${client.apiUrl} accepted the upload but returned no title id.`));
        else resolveTitle(titleId);
      },
    });
    signal.addEventListener('abort', stop);
    if (previous) upload.resumeFromPreviousUpload(previous);
    upload.start();
  });
  // Not left to the library, which does not wait for it: this process may end first.
  await remembered.removeUpload(fingerprint);
  return titleId;
}

async function assertReadableFile(path: string): Promise<{ bytes: number; modifiedMs: number }> {
  try {
    const handle = await open(path, 'r');
    await handle.close();
    const { size, mtimeMs } = await stat(path);
    if ((await stat(path)).isFile()) return { bytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    throw new CliError(
      `${path} cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown error'}).`,
      {
        cause: error,
      },
    );
  }
  throw new CliError(`${path} is not a file. Name one video file.`);
}

/**
 * Identifies an upload: only one of the same file, at the same path, with the same settings may be resumed.
 */
function fingerprintOf(
  apiUrl: string,
  path: string,
  file: { bytes: number; modifiedMs: number },
  input: UploadInput,
): string {
  const identity = [apiUrl, path, file.bytes, file.modifiedMs, input.name ?? null, input.settings ?? null];
  return createHash('sha256').update(JSON.stringify(identity)).digest('hex');
}

function metadataOf(path: string, input: UploadInput): Record<string, string> {
  return {
    filename: basename(path),
    ...(input.name === undefined ? {} : { name: input.name }),
    ...(input.settings === undefined ? {} : { settings: JSON.stringify(input.settings) }),
  };
}

/** Reads the title id, the last element of an upload's URL. */
function titleIdFrom(uploadUrl: string | null): string | undefined {
  if (uploadUrl === null) return undefined;
  return new URL(uploadUrl).pathname.split('/').findLast((element) => element !== '');
}

function explainUpload(error: Error, apiUrl: string): CliError {
  const response = responseOf(error);
  if (!response) return unreachable(apiUrl, error);
  const status = response.getStatus();
  if (status === 401)
    return new ApiRefusal(
      401,
      `${apiUrl} does not accept the API key. Set MILLRACE_API_KEY to a key of that installation.`,
    );
  const body = response.getBody();
  const words = problemText(body) ?? (body.trim() || 'The encoder refused the upload.');
  return new ApiRefusal(status, `${words} (HTTP ${status} to the upload)`);
}
