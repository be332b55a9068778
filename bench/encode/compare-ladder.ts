import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clip } from '#bench/encode/clips.js';
import { makeReference, measureVmaf } from '#bench/encode/quality.js';
import { type BenchRung, encodeRungs } from '#bench/encode/rung-files.js';
import { type SearchedPoint, searchedRungs, searchLadder } from '#bench/encode/search-ladder.js';
import type { Plan } from '#core/contracts/plan.js';
import { ladderPresets } from '#planning/ladder/ladder-presets.js';
import { planFixedLadder } from '#planning/ladder/plan-fixed-ladder.js';
import {
  compareLadders,
  type LadderComparison,
  type MeasuredRung,
  viewersMeasure,
} from '#planning/ladder/viewers-measure.js';
import { compareFilters } from '#workers/ffmpeg/compare-filters.js';

interface JudgedRung extends MeasuredRung {
  height: number;
  capBitsPerSecond: number;
  crf: number;
}

export interface LadderResult {
  clip: string;
  planned: JudgedRung[];
  fixed: JudgedRung[];
  plannedAgainstFixed: LadderComparison;
  plannedMeasure: { meanQuality: number; meanBitsPerSecond: number };
  fixedMeasure: { meanQuality: number; meanBitsPerSecond: number };
  /** Absent unless a search was requested. */
  searched?: SearchedPoint[];
  searchedAgainstFixed?: LadderComparison;
}

export interface LadderBench {
  vmafProgram: string;
  workFolder: string;
  /** Also encode every size at every rate factor. */
  search: boolean;
  say(line: string): void;
}

/** Compares the planned ladder with the fixed one, and with the search's, by the viewer's measure in VMAF. */
export async function compareLadder(bench: LadderBench, clip: Clip, plan: Plan): Promise<LadderResult> {
  const judge = new Judge(bench, clip, plan);
  const { encoderPreset } = ladderPresets.standard.h264;
  try {
    const planned = await judge.rungs(plan.rungs.filter(({ codec }) => codec === 'h264'));
    const fixed = await judge.rungs(planFixedLadder(plan.video, plan.grid.frameRate, encoderPreset));
    const result: LadderResult = {
      clip: clip.name,
      planned,
      fixed,
      plannedAgainstFixed: compareLadders(planned, fixed),
      plannedMeasure: summary(planned),
      fixedMeasure: summary(fixed),
    };
    if (!bench.search) return result;
    const points: SearchedPoint[] = [];
    for (const rungs of searchedRungs(plan, encoderPreset)) points.push(...(await judge.rungs(rungs)));
    const searched = searchLadder(points, fixed);
    return { ...result, searched, searchedAgainstFixed: compareLadders(searched, fixed) };
  } finally {
    await judge.close();
  }
}

function summary(rungs: readonly JudgedRung[]): { meanQuality: number; meanBitsPerSecond: number } {
  const { meanQuality, meanBitsPerSecond } = viewersMeasure(rungs);
  return { meanQuality, meanBitsPerSecond };
}

class Judge {
  private readonly folder: string;
  private reference: Promise<string> | undefined;

  constructor(
    private readonly bench: LadderBench,
    private readonly clip: Clip,
    private readonly plan: Plan,
  ) {
    this.folder = join(bench.workFolder, `judge-${process.pid}-${clip.name}`);
  }

  async rungs(rungs: readonly BenchRung[]): Promise<JudgedRung[]> {
    // Planned rungs also hold estimates and a reason, which do not change what is encoded.
    const settings = rungs.map((rung) => ({
      ...rung,
      reason: undefined,
      expectedBitsPerSecond: undefined,
      declaredPeakBitsPerSecond: undefined,
    }));
    const comparisons = rungs.map((rung) => compareFilters(this.plan.video, rung));
    return remember(
      join(this.bench.workFolder, 'answers'),
      ['vmaf', this.clip.hash, this.plan.grid, this.plan.video, this.plan.spans, settings, comparisons],
      () => this.encodeAndJudge(rungs),
    );
  }

  private async encodeAndJudge(rungs: readonly BenchRung[]): Promise<JudgedRung[]> {
    this.reference ??= this.makeReference();
    const referencePath = await this.reference;
    const files = await encodeRungs(this.plan, rungs, this.clip.path, this.folder);
    const judged: JudgedRung[] = [];
    for (const file of files) {
      const quality = await measureVmaf(this.bench.vmafProgram, this.plan, referencePath, file);
      const { averageBitsPerSecond, peakBitsPerSecond } = file;
      const { height, capBitsPerSecond, crf } = file.rung;
      judged.push({ height, capBitsPerSecond, crf, averageBitsPerSecond, peakBitsPerSecond, quality });
      this.bench.say(
        `${this.clip.name} ${file.rung.renditionId}: ${Math.round(averageBitsPerSecond / 1000)} kb/s, peak ${Math.round(peakBitsPerSecond / 1000)}, VMAF ${quality.toFixed(1)}`,
      );
    }
    return judged;
  }

  private async makeReference(): Promise<string> {
    await mkdir(this.folder, { recursive: true });
    const path = join(this.folder, 'reference.mkv');
    await makeReference(this.plan, this.clip.path, path);
    return path;
  }

  async close(): Promise<void> {
    await rm(this.folder, { recursive: true, force: true });
  }
}

/**
 * Returns the cached result of an earlier run, else calls `find` and caches its result. Only for results that
 * do not depend on the machine's load: sizes and quality, never times.
 */
async function remember<Answer>(
  folder: string,
  question: unknown,
  find: () => Promise<Answer>,
): Promise<Answer> {
  const key = createHash('sha256').update(JSON.stringify(question)).digest('hex').slice(0, 24);
  const path = join(folder, `${key}.json`);
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Answer;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
  const answer = await find();
  await mkdir(folder, { recursive: true });
  await writeFile(`${path}.part`, JSON.stringify(answer));
  await rename(`${path}.part`, path);
  return answer;
}
