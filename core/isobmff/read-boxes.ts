/** Reading ISO/IEC 14496-12 boxes out of a buffer: offsets only, nothing is copied. */
export interface Box {
  type: string;
  /** Offset of the box' first byte. */
  offset: number;
  /** Offset of the first byte after its header. */
  dataOffset: number;
  /** Offset of the first byte after the box. */
  end: number;
}

export class IsobmffError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'IsobmffError';
  }
}

/** The header at `offset`, or undefined where the buffer ends before the header does. 4.2: size 1 means 64 bits follow. */
export function readBoxHeader(bytes: Buffer, offset: number): Box | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const size32 = bytes.readUInt32BE(offset);
  const type = bytes.toString('latin1', offset + 4, offset + 8);
  if (size32 === 1) {
    if (offset + 16 > bytes.length) return undefined;
    return checked({
      type,
      offset,
      dataOffset: offset + 16,
      end: offset + Number(bytes.readBigUInt64BE(offset + 8)),
    });
  }
  return checked({ type, offset, dataOffset: offset + 8, end: offset + size32 });
}

function checked(box: Box): Box {
  if (box.end < box.dataOffset) {
    throw new IsobmffError(
      `box "${box.type}" at byte ${box.offset} says it is ${box.end - box.offset} bytes long`,
    );
  }
  return box;
}

/** The boxes between `start` and `end`. Throws IsobmffError where one reaches past `end`. */
export function* readBoxes(bytes: Buffer, start = 0, end = bytes.length): Generator<Box> {
  let offset = start;
  while (offset < end) {
    const box = readBoxHeader(bytes, offset);
    if (!box || box.end > end) throw new IsobmffError(`the box at byte ${offset} reaches past byte ${end}`);
    yield box;
    offset = box.end;
  }
}

/** The first box down `path`, such as `['moov', 'trak', 'mdia']`; undefined where a step is missing. */
export function findBox(
  bytes: Buffer,
  path: readonly string[],
  start = 0,
  end = bytes.length,
): Box | undefined {
  const [type, ...rest] = path;
  for (const box of readBoxes(bytes, start, end)) {
    if (box.type !== type) continue;
    return rest.length === 0 ? box : findBox(bytes, rest, box.dataOffset, box.end);
  }
  return undefined;
}
