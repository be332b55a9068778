import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { findClips, makeHardClips } from '#bench/encode/clips.js';
import { compareLadder, type LadderResult } from '#bench/encode/compare-ladder.js';
import { openPlanning } from '#bench/encode/open-planning.js';
import { ladderTable } from '#bench/encode/tables.js';
import { repositoryFolder } from '#fixtures/repository.js';

const { values } = parseArgs({
  options: {
    media: { type: 'string' },
    only: { type: 'string' },
    vmaf: { type: 'string' },
    search: { type: 'boolean', default: false },
    out: { type: 'string' },
  },
});
const workFolder = join(repositoryFolder(), 'node_modules', '.cache', 'millrace-bench');
const say = (line: string): void => void process.stderr.write(`${line}\n`);
await mkdir(workFolder, { recursive: true });
const clips = await findClips(values.media, workFolder);
const results: { ladders?: LadderResult[] } = {};
const planning = await openPlanning(workFolder);
const vmafProgram = values.vmaf ?? process.env.MILLRACE_VMAF_FFMPEG;
if (vmafProgram) {
  results.ladders = [];
  const base = clips.at(-1);
  for (const clip of [...clips, ...(base ? await makeHardClips(base, workFolder) : [])]) {
    const plan = await planning.plan(clip.path);
    results.ladders.push(
      await compareLadder({ vmafProgram, workFolder, search: values.search, say }, clip, plan),
    );
    process.stdout.write(`${ladderTable(results.ladders)}\n`);
  }
}
await planning.close();
const out = values.out ?? join(repositoryFolder(), 'dist', 'bench', 'encode.json');
await mkdir(dirname(out), { recursive: true });
await writeFile(out, `${JSON.stringify(results, undefined, 1)}\n`);
