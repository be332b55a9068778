import { hasMagic } from '#workers/containers/container.js';

/** A format that is not opened: audio without video, or no media container. */
export interface UnsupportedFormat {
  kind: 'audio' | 'other';
  format: string;
}

const audio = (format: string): UnsupportedFormat => ({ kind: 'audio', format });
const other = (format: string): UnsupportedFormat => ({ kind: 'other', format });

const stillImageBrands = ['avif', 'heic', 'heix', 'mif1', 'heim', 'heis'];

/** HEIF and AVIF images are MP4 files to every magic number but their brand. */
export function detectStillImage(head: Buffer): UnsupportedFormat | undefined {
  return hasMagic(head, 4, 'ftyp') && hasMagic(head, 8, ...stillImageBrands)
    ? other('still image')
    : undefined;
}

const formatsByMagic: readonly (readonly [magic: string, format: UnsupportedFormat])[] = [
  // Elementary streams reorder frames but carry no timestamps to show them by.
  ['\x00\x00\x00\x01\x67', other('bare H.264 stream')],
  ['\x00\x00\x00\x01\x09', other('bare H.264 stream')],
  ['\x00\x00\x00\x01\x40', other('bare HEVC stream')],
  ['\x00\x00\x00\x01\x46', other('bare HEVC stream')],
  ['ID3', audio('MP3')],
  ['fLaC', audio('FLAC')],
  ['#!AMR', audio('AMR')],
  ['caff', audio('CAF')],
  ['MThd', audio('MIDI')],
  ['FORM', audio('AIFF')],
  ['RF64', audio('WAV')],
  ['wvpk', audio('WavPack')],
  ['\x0b\x77', audio('AC-3')],
  ['\x7f\xfe\x80\x01', audio('DTS')],
  ['\x89PNG', other('PNG image')],
  ['\xff\xd8\xff', other('JPEG image')],
  ['GIF8', other('GIF image')],
  ['II*\x00', other('TIFF image')],
  ['MM\x00*', other('TIFF image')],
  ['PK\x03\x04', other('ZIP archive')],
  ['Rar!', other('RAR archive')],
  ['7z\xbc\xaf', other('7-Zip archive')],
  ['\x1f\x8b', other('gzip archive')],
  ['%PDF', other('PDF document')],
  ['\x7fELF', other('program')],
  ['MZ', other('program')],
];

export function detectByMagic(head: Buffer): UnsupportedFormat | undefined {
  if (hasMagic(head, 0, 'RIFF')) return riffFormat(head);
  return formatsByMagic.find(([magic]) => hasMagic(head, 0, magic))?.[1];
}

function riffFormat(head: Buffer): UnsupportedFormat {
  if (hasMagic(head, 8, 'WAVE')) return audio('WAV');
  return other(hasMagic(head, 8, 'WEBP') ? 'WebP image' : 'RIFF file');
}

/** Names a format that has no magic number, for the refusal. */
export function detectByContent(head: Buffer): UnsupportedFormat {
  return isMpegAudio(head) ? audio('MPEG audio') : other(textFormat(head));
}

/**
 * Whether a frame of ADTS (12 sync bits, layer 0) or of MPEG audio (11 sync bits) comes first. Layer I is
 * left out: it has the bits of a UTF-16 byte order mark, and no files.
 */
function isMpegAudio(head: Buffer): boolean {
  const second = head[1] ?? 0;
  return head[0] === 0xff && (second & 0xe0) === 0xe0 && (second & 0x06) !== 0x06;
}

function textFormat(head: Buffer): string {
  const text = head.toString('latin1', 0, 512).trimStart().toLowerCase();
  if (text.startsWith('#extm3u')) return 'HLS playlist';
  if (text.startsWith('ffconcat')) return 'concat script';
  if (text.startsWith('v=0')) return 'SDP description';
  if (text.includes('<mpd')) return 'DASH manifest';
  if (text.includes('<svg')) return 'SVG image';
  if (text.includes('<html') || text.startsWith('<!doctype html')) return 'HTML page';
  return 'unknown format';
}
