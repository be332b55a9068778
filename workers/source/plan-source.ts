import type { Plan } from '#core/contracts/plan.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { type Complexity, complexityOf } from '#planning/ladder/complexity.js';
import { planLadder } from '#planning/ladder/plan-ladder.js';
import { planPublication } from '#planning/plan-publication.js';
import { chooseAudio } from '#planning/source/choose-audio.js';
import { normaliseVideo } from '#planning/source/normalise-video.js';
import { resolveTimeline } from '#planning/source/resolve-timeline.js';
import type { SourceLimits } from '#planning/source/source-limits.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import type { Scratch } from '#workers/scratch/scratch.js';
import { detectInterlacing } from '#workers/source/detect-interlacing.js';
import { measureComplexity } from '#workers/source/measure-complexity.js';
import { type ProbedSource, probeSource } from '#workers/source/probe-source.js';
import { readHdrMetadata } from '#workers/source/read-hdr-metadata.js';

/** The parts of a worker that planning uses: no queue and no storage. */
export interface PlanningContext {
  ffmpeg: Ffmpeg;
  scratch: Scratch;
  sourceLimits: SourceLimits;
}

export interface PlannedSource {
  /** Depends on the source and the settings only. */
  plan: Plan;
  /** CPU time of the sample encodes. */
  cpuSeconds: number;
}

/** The fields of a title record that planning uses. */
type PlannedTitle = Pick<TitleRecord, 'titleId' | 'generation' | 'settings'> & {
  source: Pick<TitleRecord['source'], 'key' | 'bytes'>;
};

/** Probes the file at `path`, measures it and plans its publication. Rejects with SourceRefusedError. */
export async function planSource(
  context: PlanningContext,
  title: PlannedTitle,
  path: string,
  signal: AbortSignal,
): Promise<PlannedSource> {
  const probed = await probeSource(context.ffmpeg, path, signal);
  return planProbedSource(context, title, { ...probed, path }, signal);
}

/** Measures a probed file and plans its publication. Rejects with SourceRefusedError. */
export async function planProbedSource(
  context: PlanningContext,
  title: PlannedTitle,
  probed: ProbedSource & { path: string },
  signal: AbortSignal,
): Promise<PlannedSource> {
  const audio = chooseAudio(probed.report, probed.video);
  const { sourceLimits } = context;
  const timeline = resolveTimeline({ ...probed, audio: audio.streams }, sourceLimits);
  const facts = {
    stream: probed.video,
    demuxer: probed.container.demuxer,
    seeking: probed.container.seeking,
    originSeconds: timeline.originSeconds,
    decodeDelaySeconds: probed.decodeDelaySeconds,
    containerStartSeconds: probed.report.format.start_time ?? 0,
    averageFramesPerSecond: timeline.averageFramesPerSecond,
  };
  const declared = normaliseVideo({ ...facts, detectedInterlacing: undefined }, sourceLimits);
  const [measured, hdrMetadata] = await Promise.all([
    measureComplexity(context, { path: probed.path, video: declared, timeline }, signal),
    readHdrMetadata(context.ffmpeg, probed, signal),
  ]);
  const video = normaliseVideo(
    { ...facts, detectedInterlacing: detectInterlacing(measured.fields) },
    sourceLimits,
  );
  const complexity = complexityOf(measured.samples, timeline.frameRate);
  const ladder = planLadder({ video, frameRate: timeline.frameRate, settings: title.settings, complexity });
  const plan = planPublication({
    titleId: title.titleId,
    generation: title.generation,
    createdAt: new Date(),
    source: { key: title.source.key, bytes: title.source.bytes },
    video: { ...video, ...(hdrMetadata ? { hdrMetadata } : {}) },
    audio,
    timeline,
    ladder,
    complexity: explain(complexity),
  });
  return { plan, cpuSeconds: measured.cpuSeconds };
}

/** The measurement as the plan records it: bits per second by height. */
function explain(complexity: Complexity): Record<string, number> {
  const sizes = complexity.sizes.map(({ height, bitsPerSecond }) => [
    `bitsPerSecond${height}`,
    Math.round(bitsPerSecond),
  ]);
  return { ...Object.fromEntries(sizes), crf: complexity.crf };
}
