import { mkdir, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus } from 'node:os';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { type Clip, findClips, makeHardClips, makeLongClip } from '#bench/encode/clips.js';
import { compareLadder, type LadderResult } from '#bench/encode/compare-ladder.js';
import { openPlanning } from '#bench/encode/open-planning.js';
import { measurePlanTimes, type PlanTime } from '#bench/encode/plan-time.js';
import { ladderTable, memoryTable, planTable, slotsTable, throughputTable } from '#bench/encode/tables.js';
import {
  type MemoryResult,
  measureMemory,
  measureSlots,
  measureThroughput,
  type SlotsResult,
  type ThroughputResult,
} from '#bench/encode/throughput.js';
import { repositoryFolder } from '#fixtures/repository.js';

const parts = ['throughput', 'slots', 'plan', 'memory', 'ladder'] as const;
const usage = `usage: npm run bench -- encode [--media FOLDER] [--only ${parts.join(',')}] [--vmaf FFMPEG] [--search] [--long SECONDS] [--out FILE]

  --media   folder of clips to encode (default: the sample video)
  --vmaf    an ffmpeg with libvmaf for the part "ladder", or MILLRACE_VMAF_FFMPEG
  --search  also the ladder that an exhaustive search finds: thirty encodes per clip`;

const { values } = parseArgs({
  options: {
    media: { type: 'string' },
    only: { type: 'string', default: parts.join(',') },
    vmaf: { type: 'string', default: process.env.MILLRACE_VMAF_FFMPEG ?? '' },
    search: { type: 'boolean', default: false },
    long: { type: 'string', default: '90' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
const wanted = new Set(values.only.split(','));
const unknown = [...wanted].filter((name) => !parts.some((part) => part === name));
if (values.help || unknown.length > 0) {
  process.stderr.write(`${unknown.length > 0 ? `unknown: ${unknown.join(', ')}\n` : ''}${usage}\n`);
  process.exit(2);
}
const workFolder = join(repositoryFolder(), 'node_modules', '.cache', 'millrace-bench');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
const print = (table: string): void => void process.stdout.write(`${table}\n\n`);

const results: {
  machine: { cores: number; processor: string };
  throughput?: ThroughputResult[];
  slots?: SlotsResult;
  planTimes?: PlanTime[];
  memory?: MemoryResult[];
  ladders?: LadderResult[];
} = { machine: { cores: availableParallelism(), processor: cpus()[0]?.model ?? '' } };

await mkdir(workFolder, { recursive: true });
const clips = await findClips(values.media, workFolder);
const [first, last] = [clips[0], clips.at(-1)] as [Clip, Clip];
const planning = await openPlanning(workFolder);

if (wanted.has('throughput')) {
  const long = await makeLongClip(first, Number(values.long), workFolder);
  results.throughput = [];
  for (const clip of [...clips, long]) {
    results.throughput.push(await measureThroughput(clip, await planning.plan(clip.path), say));
  }
  print(throughputTable(results.throughput));
}
if (wanted.has('slots')) {
  say('slots: one title with two, then with one');
  results.slots = await measureSlots(await makeLongClip(first, Number(values.long), workFolder));
  print(slotsTable(results.slots));
}
if (wanted.has('plan')) {
  say('plan: a title of one minute and one of two hours');
  results.planTimes = await measurePlanTimes(first, workFolder);
  print(planTable(results.planTimes));
}
if (wanted.has('memory')) {
  results.memory = [];
  for (const clip of clips) {
    const { plan } = await planning.plan(clip.path);
    results.memory.push(await measureMemory(clip, plan));
  }
  print(memoryTable(results.memory));
}
if (wanted.has('ladder')) {
  if (values.vmaf === '')
    say('ladder: skipped, because neither --vmaf nor MILLRACE_VMAF_FFMPEG names an ffmpeg');
  else {
    results.ladders = [];
    const bench = { vmafProgram: values.vmaf, workFolder, search: values.search, say };
    for (const clip of [...clips, ...(await makeHardClips(last, workFolder))]) {
      const { plan } = await planning.plan(clip.path);
      results.ladders.push(await compareLadder(bench, clip, plan));
    }
    print(ladderTable(results.ladders));
  }
}
await planning.close();
const out = values.out ?? join(repositoryFolder(), 'dist', 'bench', 'encode.json');
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify(results, undefined, 1)}\n`);
say(`written: ${out}`);
