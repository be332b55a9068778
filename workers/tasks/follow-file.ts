import { type FileHandle, open } from 'node:fs/promises';

const readBytes = 1024 * 1024;

/** Reads a file that another process is still writing, from where the last read ended. */
export class FollowedFile {
  private file: FileHandle | undefined;
  private offset = 0;

  constructor(private readonly path: string) {}

  /** Everything written since the last call, in pieces. A file that is not there yet is empty. */
  async *read(): AsyncGenerator<Buffer> {
    this.file ??= await open(this.path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!this.file) return;
    for (;;) {
      const buffer = Buffer.allocUnsafe(readBytes);
      const { bytesRead } = await this.file.read(buffer, 0, readBytes, this.offset);
      if (bytesRead === 0) return;
      this.offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    }
  }

  async close(): Promise<void> {
    await this.file?.close();
    this.file = undefined;
  }
}
