import { expect, it } from 'vitest';
import { checkVmaf } from '#cli/doctor/check-ffmpeg.js';

const path = process.env.PATH ?? '';

it('reports nothing about VMAF when no ffmpeg is named for it', async () => {
  expect(await checkVmaf(undefined, path)).toEqual([]);
  expect(await checkVmaf('', path)).toEqual([]);
});

it.each([
  ['a missing program', 'no-such-ffmpeg', 'no-such-ffmpeg is not a program on this machine'],
  ['a program without libvmaf', process.execPath, `${process.execPath} lacks libvmaf: reports would fail`],
])('reports that %s cannot measure VMAF', async (_case, named, detail) => {
  expect(await checkVmaf(named, path)).toEqual([
    { name: 'libvmaf', status: 'missing', detail, remedy: expect.stringContaining('MILLRACE_VMAF_FFMPEG') },
  ]);
});
