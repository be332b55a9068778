import { expect, it } from 'vitest';
import { checkVmaf } from '#cli/doctor/check-ffmpeg.js';

const path = process.env.PATH ?? '';

it('says nothing of VMAF where no ffmpeg is named for it', async () => {
  expect(await checkVmaf(undefined, path)).toEqual([]);
  expect(await checkVmaf('', path)).toEqual([]);
});

it.each([
  ['no program', 'no-such-ffmpeg', 'no-such-ffmpeg is no program here'],
  ['a program without libvmaf', process.execPath, `not in ${process.execPath}: reports would fail`],
])('finds %s unfit for VMAF', async (_case, named, detail) => {
  expect(await checkVmaf(named, path)).toEqual([
    { name: 'libvmaf', status: 'missing', detail, remedy: expect.stringContaining('MILLRACE_VMAF_FFMPEG') },
  ]);
});
