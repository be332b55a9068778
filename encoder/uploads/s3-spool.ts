import { Readable } from 'node:stream';
import type { TitleId } from '#core/contracts/ids.js';
import { sourceKey, sourcesPrefix } from '#core/contracts/publication-layout.js';
import { ProblemError } from '#core/runtime/problem.js';
import { ifFound, listAll, type ObjectStore } from '#core/storage/object-store.js';
import { createS3Client, requestTimeouts } from '#core/storage/s3/s3-client.js';
import type { S3Settings } from '#core/storage/s3/s3-settings.js';
import type { StorageCredentials } from '#core/storage/storage-credentials.js';
import { MultipartUploads, type StoredPart } from '#encoder/uploads/multipart-uploads.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

const mebibyte = 1024 * 1024;
/** Each upload under way holds two parts in memory: one being received, one being stored. */
const minPartBytes = 16 * mebibyte;
/** A body that counts as a whole is in memory until it has arrived: a chunk, not a whole source. */
const maxWholeBytes = 64 * mebibyte;
/** S3's limit per multipart upload. */
const maxParts = 10_000;

interface UploadState {
  uploadId: string;
  parts: StoredPart[];
  /** Bytes after the last part, too few for another one. */
  tail: Buffer;
}

/**
 * Stores each upload as an S3 multipart upload of the source object itself: completing it moves no bytes. All
 * state is in the bucket, so any replica can resume an upload that another began. Parts are stored one after
 * the other, so the list has no gaps. The bytes left over at the end of a request are an object named after
 * the number of parts before them: storing one more part invalidates it.
 */
export class S3Spool implements UploadSpool {
  private readonly multipart: MultipartUploads;

  constructor(
    settings: S3Settings,
    credentials: StorageCredentials | undefined,
    private readonly store: ObjectStore,
  ) {
    this.multipart = new MultipartUploads(createS3Client(settings, credentials, requestTimeouts), settings);
  }

  /** Only the store knows its space: it refuses a part when it is full. */
  async requireSpace(): Promise<void> {
    return undefined;
  }

  async offset(titleId: TitleId, totalBytes: number): Promise<number> {
    if (await this.store.head(sourceKey(titleId))) return totalBytes;
    const uploadId = await this.readUploadId(titleId);
    const parts =
      uploadId === undefined ? undefined : await this.multipart.parts(sourceKey(titleId), uploadId);
    if (!parts) return 0;
    return sumOf(parts) + ((await this.store.head(tailKey(titleId, parts.length)))?.bytes ?? 0);
  }

  async append(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number> {
    const state = await this.openState(titleId);
    const known = sumOf(state.parts) + state.tail.length;
    if (known !== offsetBytes)
      throw new Error(`upload ${titleId}: ${known} bytes are stored, not ${offsetBytes}`);
    const writer = new PartWriter(this.multipart, sourceKey(titleId), state, partBytesOf(totalBytes));
    let failure: { error: unknown } | undefined;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) await writer.push(chunk);
    } catch (error) {
      failure = { error };
    }
    // After a failure too: the bytes that arrived are kept, and the client does not send them again.
    await writer.settle();
    const tail = writer.takeTail();
    if (tail.length > 0) await this.store.put(tailKey(titleId, state.parts.length), tail);
    if (failure) throw failure.error;
    return sumOf(state.parts) + tail.length;
  }

  /** S3 cannot take back a part, so none is stored before the whole body has arrived. */
  async appendWhole(
    titleId: TitleId,
    body: Readable,
    offsetBytes: number,
    totalBytes: number,
  ): Promise<number> {
    const chunks: Buffer[] = [];
    let bytes = 0;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      if (bytes > maxWholeBytes) throw tooLarge();
      chunks.push(chunk);
    }
    return this.append(titleId, Readable.from(chunks), offsetBytes, totalBytes);
  }

  async commit(titleId: TitleId, totalBytes: number): Promise<void> {
    const key = sourceKey(titleId);
    if (!(await this.store.head(key))) await this.complete(titleId, totalBytes);
    const committed = await this.store.head(key);
    if (committed?.bytes !== totalBytes) {
      throw new Error(
        `upload ${titleId}: the source object has ${committed?.bytes ?? 'no'} bytes instead of ${totalBytes}`,
      );
    }
    await this.removeState(titleId);
  }

  async discard(titleId: TitleId): Promise<void> {
    const uploadId = await this.readUploadId(titleId);
    if (uploadId !== undefined) await this.multipart.abort(sourceKey(titleId), uploadId);
    await this.removeState(titleId);
  }

  private async complete(titleId: TitleId, totalBytes: number): Promise<void> {
    const key = sourceKey(titleId);
    const { uploadId, parts, tail } = await this.openState(titleId);
    const bytes = sumOf(parts) + tail.length;
    if (bytes !== totalBytes)
      throw new Error(`upload ${titleId}: ${bytes} of ${totalBytes} bytes are stored`);
    if (tail.length > 0) parts.push(await this.multipart.putPart(key, uploadId, parts.length + 1, tail));
    await this.multipart.complete(key, uploadId, parts);
  }

  private async openState(titleId: TitleId): Promise<UploadState> {
    const key = sourceKey(titleId);
    const known = await this.readUploadId(titleId);
    const parts = known === undefined ? undefined : await this.multipart.parts(key, known);
    if (known !== undefined && parts)
      return {
        uploadId: known,
        parts,
        tail: (await this.read(tailKey(titleId, parts.length))) ?? Buffer.alloc(0),
      };
    // New, or expired in S3: begin again, without the state of the expired upload.
    await this.removeState(titleId);
    const uploadId = await this.multipart.begin(key);
    await this.store.put(uploadIdKey(titleId), Buffer.from(uploadId));
    return { uploadId, parts: [], tail: Buffer.alloc(0) };
  }

  private async readUploadId(titleId: TitleId): Promise<string | undefined> {
    return (await this.read(uploadIdKey(titleId)))?.toString('utf8');
  }

  private async read(key: string): Promise<Buffer | undefined> {
    return (await ifFound(this.store.read(key)))?.bytes;
  }

  private async removeState(titleId: TitleId): Promise<void> {
    for await (const { key } of listAll(this.store, statePrefix(titleId))) await this.store.delete(key);
  }
}

const statePrefix = (titleId: TitleId): string => `${sourcesPrefix}${titleId}/upload-`;
const uploadIdKey = (titleId: TitleId): string => `${statePrefix(titleId)}id`;
const tailKey = (titleId: TitleId, partCount: number): string => `${statePrefix(titleId)}tail-${partCount}`;

function sumOf(parts: readonly StoredPart[]): number {
  return parts.reduce((sum, { bytes }) => sum + bytes, 0);
}

function tooLarge(): ProblemError {
  return new ProblemError(
    413,
    'checked-body-too-large',
    `A request with Upload-Checksum may have at most ${maxWholeBytes} bytes. Send smaller chunks.`,
  );
}

/** Size of the parts of an upload: large enough to stay within `maxParts`. */
function partBytesOf(totalBytes: number): number {
  return Math.max(minPartBytes, Math.ceil(totalBytes / maxParts / mebibyte) * mebibyte);
}

/** Splits a body into parts. Stores one part while the next arrives, then adds it to `state.parts`. */
class PartWriter {
  private chunks: Buffer[];
  private bytes: number;
  private storing: Promise<void> = Promise.resolve();

  constructor(
    private readonly multipart: MultipartUploads,
    private readonly key: string,
    private readonly state: UploadState,
    private readonly partBytes: number,
  ) {
    this.chunks = state.tail.length > 0 ? [state.tail] : [];
    this.bytes = state.tail.length;
  }

  async push(chunk: Buffer): Promise<void> {
    this.chunks.push(chunk);
    this.bytes += chunk.length;
    while (this.bytes >= this.partBytes) {
      await this.storing;
      const all = Buffer.concat(this.chunks);
      this.keep(all.subarray(this.partBytes));
      this.storing = this.store(all.subarray(0, this.partBytes));
      // Awaited above or by `settle`. Until then a failure must not count as an unhandled rejection.
      this.storing.catch(() => undefined);
    }
  }

  /** Rejects if the last part could not be stored; the bytes after it are then useless. */
  async settle(): Promise<void> {
    await this.storing;
  }

  takeTail(): Buffer {
    return Buffer.concat(this.chunks);
  }

  private keep(rest: Buffer): void {
    this.chunks = rest.length > 0 ? [rest] : [];
    this.bytes = rest.length;
  }

  private async store(part: Buffer): Promise<void> {
    const { uploadId, parts } = this.state;
    parts.push(await this.multipart.putPart(this.key, uploadId, parts.length + 1, part));
  }
}
