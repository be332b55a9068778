const packetBytes = 188;
const syncByte = 0x47;

/** ISO/IEC 13818-1 2.4.3.2: packets of 188 bytes, each starting with a sync byte. */
export const isTransportStream = (bytes: Buffer): boolean =>
  bytes[0] === syncByte && (bytes.length <= packetBytes || bytes[packetBytes] === syncByte);

/** Describes the first defect in the packets of a transport stream; undefined if there is none. */
export function findPacketDefect(bytes: Buffer): string | undefined {
  for (let offset = 0; offset < bytes.length; offset += packetBytes) {
    if (bytes[offset] !== syncByte) return `its packet at byte ${offset} does not begin with a sync byte`;
  }
  const over = bytes.length % packetBytes;
  return over === 0 ? undefined : `it ends after ${over} of the ${packetBytes} bytes of a packet`;
}

/** RFC 8216 3.4: AAC, MP3 or (E-)AC-3 frames, usually after an ID3 tag. */
export const isPackedAudio = (bytes: Buffer): boolean =>
  bytes.toString('latin1', 0, 3) === 'ID3' ||
  (bytes[0] === 0xff && ((bytes[1] ?? 0) & 0xe0) === 0xe0) ||
  (bytes[0] === 0x0b && bytes[1] === 0x77);

/** ISO/IEC 14496-12 8.16: the boxes that a segment may begin with. */
export const beginsWithBox = (bytes: Buffer): boolean =>
  /^(styp|ftyp|moov|moof|sidx|ssix|emsg|prft|free|skip|uuid)$/.test(bytes.toString('latin1', 4, 8));

export const isWebVtt = (bytes: Buffer): boolean => /^\uFEFF?WEBVTT/.test(bytes.toString('utf8', 0, 16));
