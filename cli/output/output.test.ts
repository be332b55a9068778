import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { JsonOutput, TextOutput } from '#cli/output/create-output.js';
import { describeEvent } from '#cli/output/describe-event.js';
import { failedResult, type ResultEvent } from '#cli/output/events.js';
import { formatBytes, formatDuration } from '#cli/output/figures.js';
import { singleLine } from '#cli/output/single-line.js';

const ready: ResultEvent = {
  event: 'result',
  status: 'ready',
  titleId: 'id',
  url: 'http://127.0.0.1:8080/play/id.m3u8',
  page: 'http://127.0.0.1:8080/watch/id',
  reason: null,
  elapsedSeconds: 12.3,
  cpuSeconds: 4.5,
};

test('describes a result, the URL of the page first', () => {
  expect(describeEvent(ready)).toBe(
    [
      'Ready after 12.3 s (4.5 s of CPU time).',
      '  Watch     http://127.0.0.1:8080/watch/id',
      '  Playlist  http://127.0.0.1:8080/play/id.m3u8',
    ].join('\n'),
  );
  expect(describeEvent(failedResult('no room'))).toBe('Failed: no room');
});

test('writes one JSON object per line, with the fields that scripts rely on', () => {
  const stream = new PassThrough();
  const output = new JsonOutput(stream);
  output.emit({ event: 'notice', message: 'a\nb' });
  output.emit(ready);
  const lines = String(stream.read()).trimEnd().split('\n');
  expect(lines).toHaveLength(2);
  expect(Object.keys(JSON.parse(lines[1] as string) as object)).toEqual([
    'event',
    'status',
    'titleId',
    'url',
    'page',
    'reason',
    'elapsedSeconds',
    'cpuSeconds',
  ]);
});

test('without a terminal, writes a line per tenth of progress, not per event', () => {
  const stream = new PassThrough();
  const output = new TextOutput(stream);
  for (let stored = 0; stored <= 1_000; stored += 1)
    output.emit({
      event: 'progress',
      titleId: 'id',
      state: 'playable',
      segmentsStored: stored,
      segmentsTotal: 1_000,
    });
  const lines = String(stream.read()).trimEnd().split('\n');
  expect(lines).toHaveLength(11);
  expect(lines.at(-1)).toContain('1000 of 1000 segments');
});

test('on a terminal, draws a progress bar and removes it before other text', () => {
  const stream = Object.assign(new PassThrough(), { isTTY: true, columns: 100 });
  const output = new TextOutput(stream);
  output.emit({
    event: 'upload',
    titleId: null,
    file: 'clip.mp4',
    bytesSent: 5,
    bytesTotal: 10,
    resumed: false,
  });
  output.emit(ready);
  const text = String(stream.read());
  expect(text).toContain('50 %');
  expect(text.trimEnd().endsWith('/play/id.m3u8')).toBe(true);
});

test.each([
  ['line\nbreak', 'line�break'],
  ['\u001b[31mred', '�[31mred'],
  ['\u202egpj.exe', '�gpj.exe'],
  ['Żółć ☂ 映画', 'Żółć ☂ 映画'],
])('shows %j harmlessly', (text, expected) => {
  expect(singleLine(text)).toBe(expected);
});

describe('figures', () => {
  test.each([
    [0, '0 B'],
    [999, '999 B'],
    [1_000, '1.0 kB'],
    [1_550_000, '1.6 MB'],
    [999_999_999, '1000 MB'],
    [2e12, '2.0 TB'],
    [5e16, '50000 TB'],
  ])('%d bytes', (bytes, expected) => {
    expect(formatBytes(bytes)).toBe(expected);
  });

  test.each([
    [0, '0:00'],
    [59.6, '1:00'],
    [754, '12:34'],
    [3_723, '1:02:03'],
  ])('%d seconds', (seconds, expected) => {
    expect(formatDuration(seconds)).toBe(expected);
  });
});
