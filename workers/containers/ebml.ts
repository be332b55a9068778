/** RFC 9559 5.1: the element that everything but the header is in. */
export const segmentId = 0x1853_8067;

/** Bytes of the longest identifier and the longest size. */
export const maxElementHeader = 12;

export interface EbmlElement {
  id: number;
  /** Undefined where the writer did not know it (live recordings). */
  size: number | undefined;
  dataOffset: number;
  end: number;
}

/** RFC 8794 4.4: an element's size is a variable-length integer; all ones means unknown. Undefined where bytes are missing. */
export function readElement(bytes: Buffer, offset: number): EbmlElement | undefined {
  const id = readVint(bytes, offset, true);
  const size = id && readVint(bytes, offset + id.length, false);
  if (!id || !size) return undefined;
  const dataOffset = offset + id.length + size.length;
  const unknown = size.value === 2 ** (7 * size.length) - 1;
  return { id: id.value, size: unknown ? undefined : size.value, dataOffset, end: dataOffset + size.value };
}

function readVint(
  bytes: Buffer,
  offset: number,
  keepMarker: boolean,
): { value: number; length: number } | undefined {
  const first = bytes[offset];
  if (!first) return undefined;
  const length = Math.clz32(first) - 23;
  let value = keepMarker ? first : first & (0xff >> length);
  for (let index = 1; index < length; index += 1) {
    const byte = bytes[offset + index];
    if (byte === undefined) return undefined;
    value = value * 256 + byte;
  }
  return { value, length };
}

/** One element behind the other; ends at the first that makes no sense. */
export function* childElements(bytes: Buffer): Generator<EbmlElement> {
  for (let offset = 0; offset < bytes.length; ) {
    const element = readElement(bytes, offset);
    if (!element) return;
    yield element;
    offset = element.end;
  }
}
