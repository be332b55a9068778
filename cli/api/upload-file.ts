import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, stat } from 'node:fs/promises';
import { basename, resolve } from 'node:path';
import { DetailedError, Upload, type UrlStorage } from 'tus-js-client';
import { ApiRefusal, type EncoderClient, unreachable } from '#cli/api/encoder-client.js';
import { CliError } from '#cli/context/cli-error.js';

/**
 * Bytes per PATCH: few enough to meet a server's time limits on a slow line, enough to make overhead
 * negligible.
 */
const chunkBytes = 32 * 2 ** 20;
const retryDelaysMs = [200, 500, 1_000, 3_000, 5_000, 10_000];

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

/**
 * Uploads a file with the tus protocol. Resolves to the title id once the encoder has accepted every byte.
 */
export async function uploadFile(
  client: EncoderClient,
  input: UploadInput,
  remembered: UrlStorage,
  onProgress: (progress: UploadProgress) => void,
  signal: AbortSignal,
): Promise<string> {
  const path = resolve(input.file);
  const file = await assertReadableFile(path);
  const fingerprint = fingerprintOf(client.apiUrl, path, file, input);
  const [previous] = await remembered.findUploadsByFingerprint(fingerprint);

  return new Promise((resolveTitle, reject) => {
    const report = (bytesSent: number): void =>
      onProgress({
        titleId: titleIdFrom(upload.url) ?? null,
        bytesSent,
        bytesTotal: file.bytes,
        resumed: previous !== undefined,
      });
    const upload = new Upload(createReadStream(path), {
      endpoint: `${client.apiUrl}/v1/uploads`,
      headers: client.authorization,
      metadata: metadataOf(path, input),
      uploadSize: file.bytes,
      chunkSize: chunkBytes,
      retryDelays: retryDelaysMs,
      urlStorage: remembered,
      fingerprint: () => Promise.resolve(fingerprint),
      removeFingerprintOnSuccess: true,
      onProgress: report,
      onError: (error) => reject(explainUpload(error, client.apiUrl)),
      onSuccess: () => {
        report(file.bytes);
        const titleId = titleIdFrom(upload.url);
        if (titleId === undefined)
          reject(new CliError(`${client.apiUrl} accepted the upload but returned no title id.`));
        else resolveTitle(titleId);
      },
    });
    signal.addEventListener('abort', () => {
      void upload.abort();
      reject(signal.reason as Error);
    });
    if (previous) upload.resumeFromPreviousUpload(previous);
    upload.start();
  });
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
  if (!(error instanceof DetailedError) || !error.originalResponse) return unreachable(apiUrl, error);
  const status = error.originalResponse.getStatus();
  if (status === 401)
    return new ApiRefusal(
      401,
      `${apiUrl} does not accept the API key. Set MILLRACE_API_KEY to a key of that installation.`,
    );
  return new ApiRefusal(
    status,
    `${detailOf(error.originalResponse.getBody())} (HTTP ${status} to the upload)`,
  );
}

function detailOf(body: string): string {
  try {
    const { detail, title } = JSON.parse(body) as { detail?: string; title?: string };
    return detail ?? title ?? body;
  } catch {
    return body.trim() || 'The encoder refused the upload.';
  }
}
