// `npm run bench -- playable`: from the last byte of an upload to the first frame in real players.
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { findClips } from '#bench/encode/clips.js';
import { makePlayableClips, playableClipNames } from '#bench/playable/make-playable-clips.js';
import { measureTitle, type TitleResult, viewers } from '#bench/playable/measure-title.js';
import { playableTable } from '#bench/playable/playable-table.js';

const usage = `usage: npm run bench -- playable [--media FILE] [--clips NAME,…] [--viewers ${viewers.join(',')}] [--rounds N] [--busy N] [--out FILE]
  --media    a 720p clip to make the sources from (default: the sample video)
  --clips    of 10s, 52s, 2h, 1080p60, 4k (default: all)
  --viewers  default: all
  --rounds   runs per clip and viewer (default: 5); the table shows medians
  --busy     titles that are encoded at the same time (default: 0)
  --out      JSON file for every figure`;

const { values } = parseArgs({
  options: {
    media: { type: 'string' },
    clips: { type: 'string' },
    viewers: { type: 'string', default: viewers.join(',') },
    rounds: { type: 'string', default: '5' },
    busy: { type: 'string', default: '0' },
    out: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) {
  process.stdout.write(`${usage}\n`);
  process.exit(0);
}

const workFolder = join(tmpdir(), 'millrace-bench-playable');
await mkdir(workFolder, { recursive: true });
const base =
  values.media === undefined ? ((await findClips(undefined, workFolder))[0]?.path ?? '') : values.media;
const clips = await makePlayableClips(base, values.clips?.split(',') ?? playableClipNames, workFolder);
const chosen = viewers.filter((viewer) => values.viewers.split(',').includes(viewer));

const results: TitleResult[] = [];
for (let round = 1; round <= Number(values.rounds); round += 1) {
  for (const clip of clips) {
    for (const viewer of chosen) {
      process.stderr.write(`round ${round}: ${clip.name}, ${viewer}\n`);
      const result = await measureTitle({ clip, viewer, busyTitles: Number(values.busy) });
      results.push(result);
      const hide = (key: string, value: unknown): unknown => (key === 'requests' ? undefined : value);
      process.stderr.write(`  ${JSON.stringify(result, hide)}\n`);
      if (values.out !== undefined) await writeFile(values.out, JSON.stringify(results, null, 2));
    }
  }
}
process.stdout.write(`${playableTable(results)}\n`);
