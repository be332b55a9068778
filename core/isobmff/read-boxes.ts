/** The bytes are not the MP4 that they claim to be, or are truncated. */
export class IsobmffError extends Error {
  readonly retryable = false;

  constructor(message: string) {
    super(message);
    this.name = 'IsobmffError';
  }
}

/** Where a box of ISO/IEC 14496-12 lies in a buffer; reading a box copies nothing. */
export interface Box {
  type: string;
  /** Offset of the first byte of the box. */
  offset: number;
  /** Offset of the first byte after its header. */
  dataOffset: number;
  /** Offset of the first byte after the box. */
  end: number;
}

/** Reads the boxes between `start` and `end`. Throws IsobmffError if one extends past `end`. */
export function* readBoxes(bytes: Buffer, start = 0, end = bytes.length): Generator<Box> {
  let offset = start;
  while (offset < end) {
    const box = readBoxHeader(bytes, offset);
    if (!box || box.end > end) throw new IsobmffError(`the box at byte ${offset} extends past byte ${end}`);
    yield box;
    offset = box.end;
  }
}

/** Finds the first box along `path`, such as `['moov', 'trak', 'mdia']`; undefined if a step is missing. */
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

/**
 * Reads the header at `offset`; undefined if the buffer ends within it. A size of 1 means that 64 bits follow
 * (4.2).
 */
export function readBoxHeader(bytes: Buffer, offset: number): Box | undefined {
  if (offset + 8 > bytes.length) return undefined;
  const size32 = bytes.readUInt32BE(offset);
  const type = bytes.toString('latin1', offset + 4, offset + 8);
  if (size32 === 1) {
    if (offset + 16 > bytes.length) return undefined;
    return requireSize({
      type,
      offset,
      dataOffset: offset + 16,
      end: offset + Number(bytes.readBigUInt64BE(offset + 8)),
    });
  }
  return requireSize({ type, offset, dataOffset: offset + 8, end: offset + size32 });
}

function requireSize(box: Box): Box {
  if (box.end < box.dataOffset) {
    throw new IsobmffError(
      `box "${box.type}" at byte ${box.offset} declares a size of ${box.end - box.offset} bytes`,
    );
  }
  return box;
}
