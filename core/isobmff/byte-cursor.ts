import { IsobmffError } from '#core/isobmff/read-boxes.js';

/** Reads consecutive big-endian fields. Throws IsobmffError past the end of the content. */
export class ByteCursor {
  constructor(
    private readonly bytes: Buffer,
    private offset = 0,
  ) {}

  get remaining(): number {
    return this.bytes.length - this.offset;
  }

  skip(count: number): void {
    this.take(count);
  }

  uint8(): number {
    return this.bytes.readUInt8(this.take(1));
  }

  uint16(): number {
    return this.bytes.readUInt16BE(this.take(2));
  }

  uint32(): number {
    return this.bytes.readUInt32BE(this.take(4));
  }

  int32(): number {
    return this.bytes.readInt32BE(this.take(4));
  }

  /** Reads a time. Throws above 2^53 ticks, where it would be rounded; no real file comes near that. */
  uint64(): number {
    const value = Number(this.bytes.readBigUInt64BE(this.take(8)));
    if (!Number.isSafeInteger(value)) throw new IsobmffError(`a time of ${value} ticks is out of range`);
    return value;
  }

  slice(count: number): Buffer {
    const start = this.take(count);
    return this.bytes.subarray(start, start + count);
  }

  private take(count: number): number {
    if (this.remaining < count) throw new IsobmffError('a box ends before its last field');
    const start = this.offset;
    this.offset += count;
    return start;
  }
}

/** Reads bits, most significant first. Bits past the end read as 0, and then `isExhausted` is true. */
export class BitReader {
  private position = 0;

  constructor(private readonly bytes: Buffer) {}

  get isExhausted(): boolean {
    return this.position > this.bytes.length * 8;
  }

  read(count: number): number {
    let value = 0;
    for (let bit = 0; bit < count; bit += 1) {
      const byte = this.bytes[this.position >> 3] ?? 0;
      value = value * 2 + ((byte >> (7 - (this.position & 7))) & 1);
      this.position += 1;
    }
    return value;
  }

  /** Reads ue(v) (ITU-T H.264 9.1). */
  unsigned(): number {
    let zeros = 0;
    while (zeros < 32 && this.read(1) === 0) zeros += 1;
    return 2 ** zeros - 1 + this.read(zeros);
  }

  /** Reads se(v) (ITU-T H.264 9.1.1). */
  signed(): number {
    const value = this.unsigned();
    return value % 2 === 1 ? (value + 1) / 2 : -value / 2;
  }
}
