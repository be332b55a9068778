import { type FileHandle, open } from 'node:fs/promises';

const maxReadBytes = 1024 * 1024;

/** Reads a file that another process is still writing. */
export class FollowedFile {
  private file: FileHandle | undefined;
  private offset = 0;

  constructor(private readonly path: string) {}

  /** Yields what was written since the last call, in pieces; nothing while the file does not exist. */
  async *read(): AsyncGenerator<Buffer> {
    this.file ??= await open(this.path, 'r').catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (!this.file) return;
    for (;;) {
      // The file is polled often and has rarely grown, so no buffer is allocated before its size is known.
      const { size } = await this.file.stat();
      const wanted = Math.min(maxReadBytes, size - this.offset);
      if (wanted <= 0) return;
      const { buffer, bytesRead } = await this.file.read(Buffer.allocUnsafe(wanted), 0, wanted, this.offset);
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
