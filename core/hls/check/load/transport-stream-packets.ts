const packetBytes = 188;
const syncByte = 0x47;

/** ISO/IEC 13818-1 2.4.3.2: packets of 188 bytes, each beginning with a sync byte. */
export const isTransportStream = (bytes: Buffer): boolean =>
  bytes[0] === syncByte && (bytes.length <= packetBytes || bytes[packetBytes] === syncByte);

/** What is wrong with its packets, in words; undefined where nothing is. */
export function findPacketDefect(bytes: Buffer): string | undefined {
  for (let offset = 0; offset < bytes.length; offset += packetBytes) {
    if (bytes[offset] !== syncByte) return `its packet at byte ${offset} does not begin with a sync byte`;
  }
  const over = bytes.length % packetBytes;
  return over === 0 ? undefined : `it ends after ${over} of the ${packetBytes} bytes of a packet`;
}
