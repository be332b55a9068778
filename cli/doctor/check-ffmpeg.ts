import type { DoctorFinding } from '#cli/doctor/finding.js';
import { runBriefly } from '#cli/doctor/run-briefly.js';

const neededEncoders = ['libx264', 'aac'];
const optionalEncoders = { libx265: 'HEVC renditions', libsvtav1: 'AV1 renditions' };
/** Filters of the span and audio graphs; zscale and tonemap turn HDR into BT.709. */
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

/** What this ffmpeg was built with, against what encoding uses. */
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
      return { name: encoder, status: 'optional', detail: `not in this ffmpeg: no ${purpose}`, remedy };
    }),
  ];
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
    detail: `not in this ffmpeg: ${absent.join(', ')}`,
    remedy: "Install a full build of ffmpeg (Debian's and Homebrew's are), or name one in MILLRACE_FFMPEG.",
  };
}

/** Names in ffmpeg's lists: the second word of each row. */
async function listNames(ffmpeg: string, list: string): Promise<Set<string>> {
  const output = (await runBriefly(ffmpeg, ['-hide_banner', list])) ?? '';
  return new Set(output.split('\n').flatMap((line) => line.trim().split(/\s+/)[1] ?? []));
}
