import { type FileHandle, open } from 'node:fs/promises';

const searchBytes = 2 ** 20;

/** A source file, opened to read parts of it. Open it with `await using`, which closes it. */
export class SourceFile implements AsyncDisposable {
  private constructor(
    private readonly handle: FileHandle,
    /** The file's size. */
    readonly bytes: number,
  ) {}

  static async open(path: string): Promise<SourceFile> {
    const handle = await open(path, 'r');
    try {
      return new SourceFile(handle, (await handle.stat()).size);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /** Reads `length` bytes, fewer at the file's end, none past it: headers may declare any offset. */
  async readAt(offset: number, length: number): Promise<Buffer> {
    const buffer = Buffer.alloc(Math.max(0, Math.min(length, this.bytes - offset)));
    if (buffer.length === 0) return buffer;
    const { bytesRead } = await this.handle.read(buffer, 0, buffer.length, offset);
    return buffer.subarray(0, bytesRead);
  }

  /** Reads the last `length` bytes, or the whole of a shorter file. */
  async readTail(length: number): Promise<Buffer> {
    return this.readAt(Math.max(0, this.bytes - length), length);
  }

  /** Offset of the first occurrence of `pattern` at or after `from`. */
  async find(pattern: Buffer, from: number): Promise<number | undefined> {
    for (let offset = from; offset < this.bytes; offset += searchBytes) {
      const index = (await this.readAt(offset, searchBytes + pattern.length - 1)).indexOf(pattern);
      if (index >= 0) return offset + index;
    }
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.handle.close();
  }
}
