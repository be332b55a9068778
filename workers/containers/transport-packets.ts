/** Plain packets; with a recorder's timestamp in front (M2TS); with error correction behind. */
const packetSizes = [188, 192, 204] as const;
const syncByte = 0x47;
const headerBytes = 4;

/** ISO/IEC 13818-1 2.4.3.2. */
interface TransportPacket {
  packetId: number;
  isScrambled: boolean;
  hasPayload: boolean;
  /** Adaptation field after its length byte: flags, then perhaps a PCR. Empty in most packets. */
  adaptation: Buffer;
}

/** Yields the packets in `bytes`, which may begin inside one; none if they are no transport stream. */
export function* transportPackets(bytes: Buffer): Generator<TransportPacket> {
  const { start, size } = findPackets(bytes);
  for (let offset = start; offset + packetSizes[0] <= bytes.length; offset += size) {
    const control = bytes[offset + 3] ?? 0;
    const adaptationBytes = (control & 0x20) === 0 ? 0 : (bytes[offset + headerBytes] ?? 0);
    const adaptationStart = offset + headerBytes + 1;
    yield {
      packetId: bytes.readUInt16BE(offset + 1) & 0x1fff,
      isScrambled: (control & 0xc0) !== 0,
      hasPayload: (control & 0x10) !== 0,
      adaptation: bytes.subarray(adaptationStart, Math.min(adaptationStart + adaptationBytes, offset + 188)),
    };
  }
}

/** Bytes of an incomplete last packet; 0 if it is complete, or if other bytes follow it. */
export function bytesOfBrokenPacket(bytes: Buffer): number {
  const { start, size } = findPackets(bytes);
  let offset = start;
  while (bytes[offset] === syncByte && offset + packetSizes[0] <= bytes.length) offset += size;
  return bytes[offset] === syncByte ? bytes.length - offset : 0;
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

/**
 * Whether a file that begins with `head` is a transport stream. It has no magic number, only a sync byte in
 * every packet; a capture may begin inside one, so packets may start at any offset.
 */
export function hasSyncBytes(head: Buffer): boolean {
  return packetSizes.some((size) =>
    Array.from({ length: size }, (_, index) => index).some((start) => hasSyncBytesFrom(head, start, size)),
  );
}

const maxSyncPackets = 8;
const minSyncPackets = 3;

function hasSyncBytesFrom(head: Buffer, start: number, packetBytes: number): boolean {
  const packets = Math.min(maxSyncPackets, Math.floor((head.length - start) / packetBytes));
  if (packets < minSyncPackets) return false;
  for (let packet = 0; packet < packets; packet += 1) {
    if (head[start + packet * packetBytes] !== syncByte) return false;
  }
  return true;
}
