/** What a file's first bytes say it is. */
export type DetectedFormat =
  /** `demuxer` is ffmpeg's name, forced by `-f`; nothing else is ever probed. */
  | { kind: 'media'; demuxer: string }
  /** Sound alone by its very format. */
  | { kind: 'audio'; format: string }
  | { kind: 'other'; format: string };

/** Bytes of the file's head that `detectDemuxer` wants to see. */
export const detectionBytes = 64 * 1024;

const MP4_BOXES = new Set([
  'ftyp',
  'moov',
  'mdat',
  'wide',
  'free',
  'skip',
  'pnot',
  'styp',
  'moof',
  'sidx',
  'uuid',
  'pdin',
]);
const STILL_IMAGE_BRANDS = new Set(['avif', 'heic', 'heix', 'mif1', 'heim', 'heis']);

/**
 * Finds the demuxer from magic numbers alone, never from the name: a playlist, an SDP file or an SVG named `.mp4` has no
 * magic of a container in this table, so it never reaches a demuxer that opens other files or hosts.
 */
export function detectDemuxer(head: Buffer): DetectedFormat {
  return fromIsoBoxes(head) ?? fromMagic(head) ?? fromSyncBytes(head) ?? fromText(head);
}

const media = (demuxer: string): DetectedFormat => ({ kind: 'media', demuxer });

function fromIsoBoxes(head: Buffer): DetectedFormat | undefined {
  const type = head.toString('latin1', 4, 8);
  if (head.length < 8 || !MP4_BOXES.has(type)) return undefined;
  if (type === 'ftyp' && STILL_IMAGE_BRANDS.has(head.toString('latin1', 8, 12))) {
    return { kind: 'other', format: 'still image' };
  }
  return media('mov');
}

const MAGIC: readonly { at: number; bytes: string; format: DetectedFormat }[] = [
  { at: 0, bytes: '\x1a\x45\xdf\xa3', format: media('matroska') },
  { at: 0, bytes: 'FLV\x01', format: media('flv') },
  { at: 0, bytes: '\x30\x26\xb2\x75\x8e\x66\xcf\x11', format: media('asf') },
  { at: 0, bytes: 'OggS', format: media('ogg') },
  { at: 0, bytes: 'DKIF', format: media('ivf') },
  { at: 0, bytes: 'YUV4MPEG2 ', format: media('yuv4mpegpipe') },
  { at: 0, bytes: '.RMF', format: media('rm') },
  { at: 0, bytes: '\x06\x0e\x2b\x34\x02\x05\x01\x01', format: media('mxf') },
  { at: 0, bytes: '\x00\x00\x01\xba', format: media('mpeg') },
  { at: 0, bytes: '\x00\x00\x01\xb3', format: media('mpegvideo') },
  // Frames that are reordered and have no clock to tell how: nothing says when each is shown.
  { at: 0, bytes: '\x00\x00\x00\x01\x67', format: { kind: 'other', format: 'bare H.264 stream' } },
  { at: 0, bytes: '\x00\x00\x00\x01\x09', format: { kind: 'other', format: 'bare H.264 stream' } },
  { at: 0, bytes: '\x00\x00\x00\x01\x40', format: { kind: 'other', format: 'bare HEVC stream' } },
  { at: 0, bytes: '\x00\x00\x00\x01\x46', format: { kind: 'other', format: 'bare HEVC stream' } },
  // DIF header blocks of 60-field and of 50-field systems (SMPTE ST 314 5.2.1).
  { at: 0, bytes: '\x1f\x07\x00\x3f', format: media('dv') },
  { at: 0, bytes: '\x1f\x07\x00\xbf', format: media('dv') },
  { at: 0, bytes: 'nut/multimedia container\x00', format: media('nut') },
  { at: 0, bytes: 'ID3', format: { kind: 'audio', format: 'MP3' } },
  { at: 0, bytes: 'fLaC', format: { kind: 'audio', format: 'FLAC' } },
  { at: 0, bytes: '#!AMR', format: { kind: 'audio', format: 'AMR' } },
  { at: 0, bytes: 'caff', format: { kind: 'audio', format: 'CAF' } },
  { at: 0, bytes: 'MThd', format: { kind: 'audio', format: 'MIDI' } },
  { at: 0, bytes: 'FORM', format: { kind: 'audio', format: 'AIFF' } },
  { at: 0, bytes: 'RF64', format: { kind: 'audio', format: 'WAV' } },
  { at: 0, bytes: 'wvpk', format: { kind: 'audio', format: 'WavPack' } },
  { at: 0, bytes: '\x0b\x77', format: { kind: 'audio', format: 'AC-3' } },
  { at: 0, bytes: '\x7f\xfe\x80\x01', format: { kind: 'audio', format: 'DTS' } },
  { at: 0, bytes: '\x89PNG', format: { kind: 'other', format: 'PNG image' } },
  { at: 0, bytes: '\xff\xd8\xff', format: { kind: 'other', format: 'JPEG image' } },
  { at: 0, bytes: 'GIF8', format: { kind: 'other', format: 'GIF image' } },
  { at: 0, bytes: 'II*\x00', format: { kind: 'other', format: 'TIFF image' } },
  { at: 0, bytes: 'MM\x00*', format: { kind: 'other', format: 'TIFF image' } },
  { at: 0, bytes: 'PK\x03\x04', format: { kind: 'other', format: 'ZIP archive' } },
  { at: 0, bytes: 'Rar!', format: { kind: 'other', format: 'RAR archive' } },
  { at: 0, bytes: '7z\xbc\xaf', format: { kind: 'other', format: '7-Zip archive' } },
  { at: 0, bytes: '\x1f\x8b', format: { kind: 'other', format: 'gzip archive' } },
  { at: 0, bytes: '%PDF', format: { kind: 'other', format: 'PDF document' } },
  { at: 0, bytes: '\x7fELF', format: { kind: 'other', format: 'program' } },
  { at: 0, bytes: 'MZ', format: { kind: 'other', format: 'program' } },
];

function fromMagic(head: Buffer): DetectedFormat | undefined {
  if (head.toString('latin1', 0, 4) === 'RIFF') return fromRiff(head.toString('latin1', 8, 12));
  return MAGIC.find(({ at, bytes }) => head.toString('latin1', at, at + bytes.length) === bytes)?.format;
}

function fromRiff(form: string): DetectedFormat {
  if (form === 'AVI ' || form === 'AVIX') return media('avi');
  if (form === 'WAVE') return { kind: 'audio', format: 'WAV' };
  return { kind: 'other', format: form === 'WEBP' ? 'WebP image' : 'RIFF file' };
}

/** MPEG transport streams have no magic: a sync byte every 188 bytes (192 with M2TS' time codes, 204 with parity). */
function fromSyncBytes(head: Buffer): DetectedFormat | undefined {
  for (const [size, offsets] of [
    [188, [0]],
    [192, [4]],
    [204, [0]],
  ] as const) {
    // A capture may begin in the middle of a packet, so every phase is tried, the regular one first.
    for (const start of [...offsets, ...Array.from({ length: size }, (_, index) => index)]) {
      if (hasSyncBytes(head, start, size)) return media('mpegts');
    }
  }
  // ADTS (12 sync bits, layer 0) and MPEG audio frames (11 sync bits); layer I is no file's, but text in UTF-16 looks like it.
  const second = head[1] ?? 0;
  if (head[0] === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0x06)
    return { kind: 'audio', format: 'MPEG audio' };
  return undefined;
}

const syncPacketsWanted = 8;

function hasSyncBytes(head: Buffer, start: number, packetBytes: number): boolean {
  const packets = Math.min(syncPacketsWanted, Math.floor((head.length - start) / packetBytes));
  if (packets < 3) return false;
  for (let packet = 0; packet < packets; packet += 1) {
    if (head[start + packet * packetBytes] !== 0x47) return false;
  }
  return true;
}

function fromText(head: Buffer): DetectedFormat {
  const text = head.toString('latin1', 0, 512).trimStart().toLowerCase();
  if (text.startsWith('#extm3u')) return { kind: 'other', format: 'HLS playlist' };
  if (text.startsWith('ffconcat')) return { kind: 'other', format: 'concat script' };
  if (text.startsWith('v=0')) return { kind: 'other', format: 'SDP description' };
  if (text.includes('<mpd')) return { kind: 'other', format: 'DASH manifest' };
  if (text.includes('<svg')) return { kind: 'other', format: 'SVG image' };
  if (text.includes('<html') || text.startsWith('<!doctype html'))
    return { kind: 'other', format: 'HTML page' };
  return { kind: 'other', format: 'unknown format' };
}
