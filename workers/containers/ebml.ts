/** Longest identifier (4 bytes) and longest size (8 bytes). */
export const maxElementHeaderBytes = 12;

interface EbmlElement {
  id: number;
  /** Undefined if the writer did not know it (live recordings). */
  size: number | undefined;
  dataOffset: number;
  end: number;
}

/**
 * Reads the element at `offset`; undefined if its header is incomplete. RFC 8794 4.4: a size is a
 * variable-length integer, and all ones mean "unknown".
 */
export function readElement(bytes: Buffer, offset: number): EbmlElement | undefined {
  const id = readVint(bytes, offset, true);
  const size = id && readVint(bytes, offset + id.length, false);
  if (!id || !size) return undefined;
  const dataOffset = offset + id.length + size.length;
  const isUnknown = size.value === 2 ** (7 * size.length) - 1;
  return {
    id: id.value,
    size: isUnknown ? undefined : size.value,
    dataOffset,
    end: dataOffset + size.value,
  };
}

/** Identifiers keep the marker bit that gives their length; sizes drop it. */
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

/** Consecutive elements; stops at the first with an invalid header. */
export function* childElements(bytes: Buffer): Generator<EbmlElement> {
  for (let offset = 0; offset < bytes.length; ) {
    const element = readElement(bytes, offset);
    if (!element) return;
    yield element;
    offset = element.end;
  }
}
