import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readUploadSettings } from '#cli/commands/upload.js';

test.each([
  [{}, undefined],
  [{ codecs: 'h264, HEVC' }, { codecs: ['h264', 'hevc'] }],
  [{ codecs: 'av1' }, { codecs: ['h264', 'av1'] }],
  [{ ladder: 'archive' }, { ladder: 'archive' }],
])('%o', async (options, expected) => {
  expect(await readUploadSettings(options)).toEqual(expected);
});

test('reads a custom ladder from a JSON file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-ladder-'));
  try {
    const file = join(folder, 'ladder.json');
    await writeFile(file, '[{"height":720,"maxBitsPerSecond":3000000}]');
    expect(await readUploadSettings({ ladder: file })).toEqual({
      ladder: [{ height: 720, maxBitsPerSecond: 3_000_000 }],
    });
    await writeFile(file, 'not JSON');
    await expect(readUploadSettings({ ladder: file })).rejects.toThrow(/neither standard, archive, fast nor/);
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('names the presets when --ladder is neither a preset nor a file', async () => {
  await expect(readUploadSettings({ ladder: 'best' })).rejects.toThrow(
    /--ladder best is neither standard, archive, fast nor a readable JSON file/,
  );
});
