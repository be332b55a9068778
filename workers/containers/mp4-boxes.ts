import type { SourceFile } from '#workers/containers/source-file.js';

export interface Mp4Box {
  type: string;
  offset: number;
  /** As declared, with the header: it may reach past the file's end. */
  bytes: number;
  dataOffset: number;
  /** Where the box or its parent ends, whichever comes first. */
  end: number;
}

/** Reads ISO/IEC 14496-12 boxes from disk, header by header. `boxesLeft` bounds the work on hostile files. */
export class Mp4BoxReader {
  constructor(
    private readonly file: SourceFile,
    private boxesLeft: number,
  ) {}

  /** The boxes from byte `start` to byte `end`; stops at the first with an impossible size. */
  async *read(start: number, end: number): AsyncGenerator<Mp4Box> {
    let offset = start;
    while (this.boxesLeft > 0 && offset + 8 <= end) {
      this.boxesLeft -= 1;
      const box = await this.readHeader(offset, end);
      if (!box) return;
      yield box;
      offset += box.bytes;
    }
  }

  /** 4.2: a size of 1 means that 64 bits of size follow, 0 that the box reaches to the end of its parent. */
  private async readHeader(offset: number, parentEnd: number): Promise<Mp4Box | undefined> {
    const header = await this.file.readAt(offset, 16);
    if (header.length < 8) return undefined;
    const size32 = header.readUInt32BE(0);
    const headerBytes = size32 === 1 ? 16 : 8;
    if (header.length < headerBytes) return undefined;
    const declared = size32 === 1 ? Number(header.readBigUInt64BE(8)) : size32;
    const bytes = size32 === 0 ? parentEnd - offset : declared;
    if (bytes < headerBytes) return undefined;
    return {
      type: header.toString('latin1', 4, 8),
      offset,
      bytes,
      dataOffset: offset + headerBytes,
      end: Math.min(parentEnd, offset + bytes),
    };
  }

  async *children(parent: Pick<Mp4Box, 'dataOffset' | 'end'>, type: string): AsyncGenerator<Mp4Box> {
    for await (const box of this.read(parent.dataOffset, parent.end)) {
      if (box.type === type) yield box;
    }
  }

  /** The first box down `path`, such as `['mdia', 'minf']`; undefined if a step of it is missing. */
  async findFirst(
    parent: Pick<Mp4Box, 'dataOffset' | 'end'>,
    path: readonly string[],
  ): Promise<Mp4Box | undefined> {
    let box: Mp4Box | undefined;
    for (const type of path) {
      const { value } = await this.children(box ?? parent, type).next();
      if (!value) return undefined;
      box = value as Mp4Box;
    }
    return box;
  }
}
