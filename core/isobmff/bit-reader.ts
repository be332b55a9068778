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
