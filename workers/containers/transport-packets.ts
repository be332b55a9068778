/** Plain, with a recorder's time code in front (M2TS), and with error correction behind. */
const packetSizes = [188, 192, 204] as const;
const syncByte = 0x47;
const headerBytes = 4;

/** ISO/IEC 13818-1 2.4.3.2. */
export interface TransportPacket {
  packetId: number;
  isScrambled: boolean;
  hasPayload: boolean;
  /** What stands between header and payload: flags and a clock; empty in most packets. */
  adaptation: Buffer;
}

/** The packets of a transport stream in bytes that begin anywhere; none where nothing looks like packets. */
export function* transportPackets(bytes: Buffer): Generator<TransportPacket> {
  const { start, size } = findPackets(bytes);
  for (let at = start; at + packetSizes[0] <= bytes.length; at += size) {
    const control = bytes[at + 3] ?? 0;
    const adaptationBytes = (control & 0x20) === 0 ? 0 : (bytes[at + headerBytes] ?? 0);
    const adaptationStart = at + headerBytes + 1;
    yield {
      packetId: bytes.readUInt16BE(at + 1) & 0x1fff,
      isScrambled: (control & 0xc0) !== 0,
      hasPayload: (control & 0x10) !== 0,
      adaptation: bytes.subarray(adaptationStart, Math.min(adaptationStart + adaptationBytes, at + 188)),
    };
  }
}

/**
 * How many bytes the last packet has where it is not whole; 0 where it is, and where something else stands behind the
 * packets.
 */
export function brokenPacketBytes(bytes: Buffer): number {
  const { start, size } = findPackets(bytes);
  let at = start;
  while (bytes[at] === syncByte && at + packetSizes[0] <= bytes.length) at += size;
  return bytes[at] === syncByte ? bytes.length - at : 0;
}

function findPackets(bytes: Buffer): { start: number; size: number } {
  for (let start = 0; start < 204; start += 1) {
    const size = packetSizes.find((stride) =>
      [0, 1, 2, 3].every((n) => bytes[start + n * stride] === syncByte),
    );
    if (size !== undefined) return { start, size };
  }
  return { start: bytes.length, size: packetSizes[0] };
}
