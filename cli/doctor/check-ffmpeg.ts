import { runBriefly } from '#cli/doctor/check-programs.js';
import type { DoctorFinding } from '#cli/doctor/finding.js';
import { findProgram } from '#workers/ffmpeg/find-program.js';

const neededEncoders = ['libx264', 'aac'];
const optionalEncoders = { libx265: 'HEVC renditions', libsvtav1: 'AV1 renditions' };
/** Filters of the span and audio graphs. zscale and tonemap convert HDR to BT.709. */
const neededFilters = [
  'fps',
  'split',
  'trim',
  'scale',
  'transpose',
  'bwdif',
  'zscale',
  'tonemap',
  'aresample',
];

/** Checks that this ffmpeg has the encoders and filters that encoding uses. */
export async function checkFfmpeg(ffmpeg: string): Promise<DoctorFinding[]> {
  const [encoders, filters] = await Promise.all([
    listNames(ffmpeg, '-encoders'),
    listNames(ffmpeg, '-filters'),
  ]);
  return [
    describeNeeded('ffmpeg encoders', neededEncoders, encoders),
    describeNeeded('ffmpeg filters', neededFilters, filters),
    ...Object.entries(optionalEncoders).map(([encoder, purpose]): DoctorFinding => {
      if (encoders.has(encoder)) return { name: encoder, status: 'ok', detail: purpose };
      const remedy = `Uploads that ask for ${purpose} need an ffmpeg built with ${encoder}.`;
      return { name: encoder, status: 'optional', detail: `missing from this ffmpeg: no ${purpose}`, remedy };
    }),
  ];
}

/** Checks that the ffmpeg named by MILLRACE_VMAF_FFMPEG has libvmaf; without it, reports fail. */
export async function checkVmaf(named: string | undefined, path: string): Promise<DoctorFinding[]> {
  if (!named) return [];
  const program = await findProgram(named, path);
  const filters = program === undefined ? new Set() : await listNames(program, '-filters');
  if (filters.has('libvmaf')) return [{ name: 'libvmaf', status: 'ok', detail: 'VMAF in reports' }];
  const detail =
    program === undefined
      ? `${named} is not a program on this machine`
      : `${program} lacks libvmaf: reports would fail`;
  const remedy =
    'Set MILLRACE_VMAF_FFMPEG to an ffmpeg built with libvmaf, or unset it: reports then have SSIM and PSNR.';
  return [{ name: 'libvmaf', status: 'missing', detail, remedy }];
}

function describeNeeded(
  name: string,
  needed: readonly string[],
  present: ReadonlySet<string>,
): DoctorFinding {
  const absent = needed.filter((wanted) => !present.has(wanted));
  if (absent.length === 0) return { name, status: 'ok', detail: needed.join(', ') };
  return {
    name,
    status: 'missing',
    detail: `missing from this ffmpeg: ${absent.join(', ')}`,
    remedy: "Install a full build of ffmpeg (Debian's and Homebrew's are), or set MILLRACE_FFMPEG to one.",
  };
}

/** Reads the names in a list that ffmpeg prints: the second word of each row. */
async function listNames(ffmpeg: string, list: string): Promise<Set<string>> {
  const output = (await runBriefly(ffmpeg, ['-hide_banner', list])) ?? '';
  return new Set(output.split('\n').flatMap((line) => line.trim().split(/\s+/)[1] ?? []));
}
