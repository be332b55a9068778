import { expect, it } from 'vitest';
import { containerOf } from '#workers/containers/containers.js';
import { detectContainer } from '#workers/containers/detect-container.js';

const latin = (text: string): Buffer => Buffer.from(text, 'latin1');
const box = (type: string, rest = ''): Buffer => latin(`\x00\x00\x00\x20${type}${rest}`.padEnd(64, '\x00'));

function packets(size: number, lead: number, count = 10): Buffer {
  const bytes = Buffer.alloc(lead + size * count, 0x55);
  for (let packet = 0; packet < count; packet += 1) bytes[lead + packet * size] = 0x47;
  return bytes;
}

it.each<[string, Buffer, string]>([
  ['MP4', box('ftyp', 'isom'), 'mov'],
  ['QuickTime without ftyp', box('moov'), 'mov'],
  ['QuickTime that begins with padding', box('wide'), 'mov'],
  ['an MP4 segment', box('styp', 'msdh'), 'mov'],
  ['Matroska', latin('\x1a\x45\xdf\xa3'), 'matroska'],
  ['AVI', latin('RIFF\x00\x00\x00\x00AVI LIST'), 'avi'],
  ['FLV', latin('FLV\x01\x05'), 'flv'],
  ['Windows Media', latin('\x30\x26\xb2\x75\x8e\x66\xcf\x11'), 'asf'],
  ['Ogg', latin('OggS\x00'), 'ogg'],
  ['MXF', latin('\x06\x0e\x2b\x34\x02\x05\x01\x01'), 'mxf'],
  ['a program stream', latin('\x00\x00\x01\xba'), 'mpeg'],
  ['DV, 60 fields a second', latin('\x1f\x07\x00\x3f'), 'dv'],
  ['DV, 50 fields a second', latin('\x1f\x07\x00\xbf'), 'dv'],
  ['NUT', latin('nut/multimedia container\x00'), 'nut'],
  ['TS of 188 bytes', packets(188, 0), 'mpegts'],
  ['TS of 192 bytes with timestamps', packets(192, 4), 'mpegts'],
  ['TS of 204 bytes with parity', packets(204, 0), 'mpegts'],
  ['TS that begins inside a packet', packets(188, 100), 'mpegts'],
  ['TS of three packets', packets(188, 0, 3), 'mpegts'],
])('%s is detected', (_name, head, demuxer) => {
  expect(detectContainer(head)).toEqual({ kind: 'media', container: containerOf(demuxer) });
});

it.each<[string, Buffer, string, string]>([
  ['an HLS playlist named .mp4', latin('#EXTM3U\nfile:///etc/passwd'), 'other', 'HLS playlist'],
  ['a playlist after blank lines', latin('\n\n  #extm3u\n'), 'other', 'HLS playlist'],
  ['a concat script', latin("ffconcat version 1.0\nfile '/etc/passwd'"), 'other', 'concat script'],
  ['an SDP description', latin('v=0\no=- 0 0 IN IP4 10.0.0.1'), 'other', 'SDP description'],
  ['a DASH manifest', latin('<?xml version="1.0"?><MPD>'), 'other', 'DASH manifest'],
  ['an SVG', latin('<?xml version="1.0"?><svg xmlns="x">'), 'other', 'SVG image'],
  ['an HTML page', latin('<!DOCTYPE html><title>'), 'other', 'HTML page'],
  ['an HTML page without a doctype', latin('<HTML>'), 'other', 'HTML page'],
  ['a ZIP', latin('PK\x03\x04'), 'other', 'ZIP archive'],
  ['a PNG named .mp4', latin('\x89PNG\r\n\x1a\n'), 'other', 'PNG image'],
  ['a JPEG', latin('\xff\xd8\xff\xe0'), 'other', 'JPEG image'],
  ['a HEIC photo', box('ftyp', 'heic'), 'other', 'still image'],
  ['a WebP', latin('RIFF\x00\x00\x00\x00WEBP'), 'other', 'WebP image'],
  ['a program', latin('\x7fELF'), 'other', 'program'],
  ['plain text', latin('Dear editor, here is the video.'), 'other', 'unknown format'],
  ['an empty file', Buffer.alloc(0), 'other', 'unknown format'],
  ['two TS packets, too few to recognise', packets(188, 0, 2), 'other', 'unknown format'],
  ['an H.264 elementary stream', latin('\x00\x00\x00\x01\x67'), 'other', 'bare H.264 stream'],
  ['an HEVC elementary stream', latin('\x00\x00\x00\x01\x40'), 'other', 'bare HEVC stream'],
  ['zeros', Buffer.alloc(4096), 'other', 'unknown format'],
  ['WAV', latin('RIFF\x00\x00\x00\x00WAVE'), 'audio', 'WAV'],
  ['MP3 with an ID3 tag', latin('ID3\x04'), 'audio', 'MP3'],
  ['MP3 without a tag', latin('\xff\xfb\x90\x00'), 'audio', 'MPEG audio'],
  ['ADTS', latin('\xff\xf1\x50\x80'), 'audio', 'MPEG audio'],
  ['UTF-16 text', latin('\xff\xfe1\0\r\0'), 'other', 'unknown format'],
  ['WAV over 4 GiB (RF64)', latin('RF64\xff\xff\xff\xffWAVE'), 'audio', 'WAV'],
  ['AC-3', latin('\x0b\x77\x4c\x57'), 'audio', 'AC-3'],
  ['FLAC', latin('fLaC'), 'audio', 'FLAC'],
])('%s reaches no demuxer', (_name, head, kind, format) => {
  expect(detectContainer(head)).toEqual({ kind, format });
});
