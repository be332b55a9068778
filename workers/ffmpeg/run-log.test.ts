import { expect, it } from 'vitest';
import { RunLog } from '#workers/ffmpeg/run-log.js';

it('reads what a run used and decoded', () => {
  const log = new RunLog();
  for (const line of [
    '  Input stream #0:0 (video): 240 packets read (81234 bytes); 238 frames decoded; 0 decode errors; ',
    '  Input stream #0:1 (audio): 470 packets read (9999 bytes); 469 frames decoded (480256 samples); ',
    '[Parsed_idet_0 @ 0x55] Multi frame detection: TFF:    30 BFF:     1 Progressive:     4 Undetermined:    5',
    'Error while decoding stream #0:0: Invalid data found when processing input',
    '[graph_0_in_0_1 @ 0x55] tb:1/48000 samplefmt:fltp samplerate:48000 chlayout:5.1(side)',
    'bench: utime=1.250s stime=0.750s rtime=1.100s',
    'bench: maxrss=51200kB',
  ])
    log.read(line);
  expect(log.figures).toEqual({
    cpuSeconds: 2,
    maxResidentBytes: 51_200 * 1024,
    videoFramesDecoded: 238,
    damages: 1,
    audioFormats: 1,
    scores: {},
    fields: { topFirst: 30, bottomFirst: 1, progressive: 4 },
  });
});

it.each([
  '/film.mkv: corrupt decoded frame in stream 0',
  '/film.ts: corrupt input packet in stream 1',
  '[matroska,webm @ 0x55] 0x00 at pos 4146857 (0x3f46a9) invalid as first byte of an EBML number',
  '[matroska,webm @ 0x55] Element at 0x3f46e2 ending at 0x1389e92d9 exceeds containing master element ending at 0x462f64',
  '[mpegts @ 0x55] max resync size reached, could not find sync byte',
  '[flv @ 0x55] Packet mismatch 0 9687 842102',
  '[asf @ 0x55] ff asf bad header 0  at:1047977',
  '[ogg @ 0x55] cannot find sync word',
  '[mxf @ 0x55] edit unit sync lost on stream 1, jumping from 0 to 1048',
])('counts damage: %s', (line) => {
  const log = new RunLog();
  log.read(line);
  expect(log.figures.damages).toBe(1);
});

it.each([
  ['out_time_us=1500000', 1.5],
  ['out_time_us=N/A', undefined],
  ['frame=12', undefined],
  ['bitrate= 120.3kbits/s', undefined],
])('reads progress %s without keeping the line', (line, seconds) => {
  const log = new RunLog();
  expect(log.read(line)).toBe(seconds);
  expect(log.text).toBe('');
});

it.each([
  ['a score', 'SSIM '],
  ['a count', 'Input stream #0:0 (video): 1 packets read '],
  ['a format', 'tb:1/1 samplefmt '],
  ['progress', 'out_time_us=1'],
  ['a frame rate', 'a=\t '],
])('matches in linear time if a tag repeats the start of %s', (_what, words) => {
  const log = new RunLog();
  const line = `    comment         : ${words.repeat(400_000)}\b`;
  log.read(line);
  log.read(words.repeat(400_000));
  expect(log.figures.audioFormats).toBe(0);
});

it('ignores tags that imitate lines of ffmpeg', () => {
  const log = new RunLog();
  for (const line of [
    `bench: utime=${'9'.repeat(400)}.0s stime=0.0s rtime=1.0s`,
    `out_time_us=${'9'.repeat(400)}`,
    'comment : tb:1/1 samplefmt:fltp',
    'bench: utime=1.250s stime=0.750s rtime=1.100s',
  ])
    expect(log.read(line)).toBeUndefined();
  expect(log.figures).toMatchObject({ cpuSeconds: 2, audioFormats: 0 });
});

it('keeps the last 40 lines, shortened, without blank ones and control characters', () => {
  const log = new RunLog();
  for (let index = 0; index < 50; index += 1) log.read(`line ${index} of it`);
  log.read('   ');
  log.read(`title: \u001b[2J${'x'.repeat(1000)}`);
  const lines = log.text.split('\n');
  expect([lines.length, lines[0], lines.at(-2)]).toEqual([40, 'line 11 of it', 'line 49 of it']);
  expect(lines.at(-1)).toMatch(/^title: \?\[2Jx{389}$/);
});

it.each([
  ['[Parsed_libvmaf_6 @ 0x55] VMAF score: 93.871234', { vmaf: 93.871234 }],
  [
    '[Parsed_ssim_4 @ 0x55] SSIM Y:0.981 (17.2) U:0.99 (20.0) V:0.99 (20.0) All:0.984000 (17.958)',
    { ssim: 0.984 },
  ],
  ['[Parsed_psnr_5 @ 0x55] PSNR y:41.250000 u:44.1 v:44.2 average:42.1 min:38.0 max:inf', { psnr: 41.25 }],
  ['[Parsed_psnr_5 @ 0x55] PSNR y:inf u:inf v:inf average:inf min:inf max:inf', { psnr: 100 }],
  ['Stream mapping: VMAF', {}],
])('reads scores: %s', (line, scores) => {
  const log = new RunLog();
  log.read(line);
  expect(log.figures.scores).toEqual(scores);
});
