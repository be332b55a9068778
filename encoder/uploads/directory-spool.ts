import { constants } from 'node:fs';
import { type FileHandle, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Readable } from 'node:stream';
import type { TitleId } from '#core/contracts/ids.js';
import { sourceKey } from '#core/contracts/publication-layout.js';
import { toStoreError } from '#core/storage/directory/to-store-error.js';
import { type ObjectStore, ObjectStoreError } from '#core/storage/object-store.js';
import type { DiskReserve } from '#encoder/uploads/disk-reserve.js';
import type { UploadSpool } from '#encoder/uploads/upload-spool.js';

/** Bytes between two datasync calls, so that little is left to sync when a large upload is committed. */
const syncEveryBytes = 32 * 1024 * 1024;

/**
 * Stores each upload as one growing file, on the object store's own file system so that a commit is a rename.
 * The file's size is the offset, so no second record of the offset can disagree with it. Only while a body
 * that counts as a whole arrives, a second file holds the offset before that body: it decides after a crash.
 */
export class DirectorySpool implements UploadSpool {
  constructor(
    private readonly directory: string,
    private readonly store: ObjectStore,
    private readonly reserve: DiskReserve,
  ) {}

  async offset(titleId: TitleId, totalBytes: number): Promise<number> {
    const bytes = await this.verifiedBytes(titleId);
    if (bytes !== undefined) return bytes;
    return (await this.store.head(sourceKey(titleId))) ? totalBytes : 0;
  }

  async requireSpace(bytes: number): Promise<void> {
    await this.reserve.require(bytes);
  }

  async append(titleId: TitleId, body: Readable, offsetBytes: number, totalBytes: number): Promise<number> {
    return this.write(titleId, offsetBytes, totalBytes, async (handle) => {
      await this.endWhole(titleId, handle, offsetBytes);
      return this.writeAt(handle, body, offsetBytes);
    });
  }

  async appendWhole(
    titleId: TitleId,
    body: Readable,
    offsetBytes: number,
    totalBytes: number,
  ): Promise<number> {
    return this.write(titleId, offsetBytes, totalBytes, async (handle) => {
      await this.endWhole(titleId, handle, offsetBytes);
      await writeDurably(this.markOf(titleId), String(offsetBytes));
      try {
        const end = await this.writeAt(handle, body, offsetBytes);
        await handle.datasync();
        await rm(this.markOf(titleId), { force: true });
        return end;
      } catch (error) {
        // If this fails too, the mark stays, and the next request ends the body.
        await this.endWhole(titleId, handle, offsetBytes).catch(() => undefined);
        throw error;
      }
    });
  }

  /** Discards the bytes of a body that was to count as a whole and did not arrive as one. */
  private async endWhole(titleId: TitleId, handle: FileHandle, offsetBytes: number): Promise<void> {
    if ((await this.readMark(titleId)) === undefined) return;
    await handle.truncate(offsetBytes);
    await rm(this.markOf(titleId), { force: true });
  }

  /** Size of the file without the bytes of an unfinished whole; undefined without a file. */
  private async verifiedBytes(titleId: TitleId): Promise<number | undefined> {
    const bytes = await fileBytes(this.pathOf(titleId));
    // In this order: a body that begins in between writes the mark before its bytes.
    return bytes === undefined ? undefined : Math.min(bytes, (await this.readMark(titleId)) ?? bytes);
  }

  private async readMark(titleId: TitleId): Promise<number | undefined> {
    try {
      const text = await readFile(this.markOf(titleId), 'utf8');
      // Torn: the process died before it wrote the first byte of the body.
      return /^[0-9]+$/.test(text) ? Number(text) : undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw toStoreError(error, '', this.directory);
    }
  }

  private markOf(titleId: TitleId): string {
    return `${this.pathOf(titleId)}.offset`;
  }

  private async write(
    titleId: TitleId,
    offsetBytes: number,
    totalBytes: number,
    work: (handle: FileHandle) => Promise<number>,
  ): Promise<number> {
    try {
      await this.reserve.require(totalBytes - offsetBytes);
      // oxlint-disable-next-line no-bitwise -- open(2) flags are a bit set
      const handle = await open(this.pathOf(titleId), constants.O_RDWR | constants.O_CREAT, 0o600);
      try {
        return await work(handle);
      } finally {
        await handle.close();
      }
    } catch (error) {
      // The file is missing only if its folder was taken away in between.
      throw toStoreError(error, '', this.directory);
    }
  }

  async commit(titleId: TitleId, totalBytes: number): Promise<void> {
    const path = this.pathOf(titleId);
    const bytes = await this.verifiedBytes(titleId);
    if (bytes === undefined) {
      if (await this.store.head(sourceKey(titleId))) return;
      throw new Error(`upload ${titleId}: neither its file nor its source object exists`);
    }
    if (bytes !== totalBytes)
      throw new Error(`upload ${titleId}: ${bytes} of ${totalBytes} bytes are stored`);
    try {
      await this.store.putFile(sourceKey(titleId), path, { condition: 'absent' });
    } catch (error) {
      // Committed by a process that died before it deleted the file, or by another replica just now.
      const isCommitted = error instanceof ObjectStoreError && error.code === 'precondition_failed';
      if (!isCommitted && (await fileBytes(path)) !== undefined) throw error;
      await rm(path, { force: true });
    }
  }

  async discard(titleId: TitleId): Promise<void> {
    await rm(this.pathOf(titleId), { force: true });
    await rm(this.markOf(titleId), { force: true });
  }

  private pathOf(titleId: TitleId): string {
    return join(this.directory, titleId);
  }

  private async writeAt(handle: FileHandle, body: Readable, offsetBytes: number): Promise<number> {
    let position = offsetBytes;
    let synced = offsetBytes;
    for await (const chunk of body as AsyncIterable<Buffer>) {
      let written = 0;
      while (written < chunk.length) {
        const { bytesWritten } = await handle.write(chunk, written, chunk.length - written, position);
        written += bytesWritten;
        position += bytesWritten;
      }
      if (position - synced >= syncEveryBytes) {
        await handle.datasync();
        synced = position;
        // Other uploads and encodes fill the disk at the same time.
        await this.reserve.require(0);
      }
    }
    return position;
  }
}

/** The file is on the disk before this resolves. */
async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flush: true });
  const folder = await open(dirname(path), 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

async function fileBytes(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).size;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStoreError(error, '', dirname(path));
  }
}
