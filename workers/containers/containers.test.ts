import { expect, it } from 'vitest';
import { containerOf, containers } from '#workers/containers/containers.js';

it('has one container for each demuxer', () => {
  const demuxers = containers.map(({ demuxer }) => demuxer);
  expect(new Set(demuxers).size).toBe(demuxers.length);
});

it.each([
  ['mov', 'indexed'],
  ['matroska', 'indexed'],
  ['mpegts', 'scanned'],
  ['flv', 'scanned'],
  ['h264', 'none'],
  ['ogg', 'none'],
])('%s is %s', (demuxer, seeking) => {
  expect(containerOf(demuxer).seeking).toBe(seeking);
});

it('leaves the encryption of other containers to ffprobe', () => {
  const withEncryption = containers.filter(({ encryption }) => encryption !== undefined);
  expect(withEncryption.map(({ demuxer }) => demuxer)).toEqual(['mov', 'matroska', 'mpegts']);
});

it('finds timestamp resets in MPEG streams only', () => {
  const resettable = containers.filter(({ findTimestampReset }) => findTimestampReset !== undefined);
  expect(resettable.map(({ demuxer }) => demuxer)).toEqual(['mpegts', 'mpeg']);
});

it('finds no truncation in a container that declares no length', () => {
  expect(containerOf('nut').findTruncation).toBeUndefined();
});
