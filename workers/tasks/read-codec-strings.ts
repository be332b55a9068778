import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { VideoRung } from '#core/contracts/plan.js';
import { formatRational } from '#core/contracts/rational.js';
import { readInit } from '#core/isobmff/read-init.js';
import { FragmentSplitter } from '#core/isobmff/split-fragments.js';
import { runPaths, type SandboxedRun } from '#workers/ffmpeg/launcher.js';
import { runFfmpeg } from '#workers/ffmpeg/run-ffmpeg.js';
import { encodeMemoryBytes, videoEncoderArguments } from '#workers/ffmpeg/video-encoder-arguments.js';
import type { TaskContext } from '#workers/task-context.js';

const deadlineSeconds = 60;
/** Two frames of grey: enough for every encoder to write its headers. */
const frames = 2;

/**
 * Fills in what only the encoder knows: the profile and level that HEVC and AV1 streams of each rung will declare. H.264's
 * follow from its settings. One short run on generated picture for all rungs.
 */
export async function withCodecStrings(
  context: Pick<TaskContext, 'scratch' | 'sandbox' | 'sharedLauncher' | 'memoryBytes'>,
  rungs: readonly VideoRung[],
  signal: AbortSignal,
): Promise<VideoRung[]> {
  const unknown = rungs.filter(({ codec }) => codec !== 'h264');
  if (unknown.length === 0) return [...rungs];
  const strings = await context.scratch.withFolder('codecs', (folder) =>
    encodeHeaders(context, unknown, folder, signal),
  );
  return rungs.map((rung) => ({ ...rung, codecString: strings.get(rung.renditionId) ?? rung.codecString }));
}

async function encodeHeaders(
  context: Pick<TaskContext, 'sandbox' | 'sharedLauncher' | 'memoryBytes'>,
  rungs: readonly VideoRung[],
  folder: string,
  signal: AbortSignal,
): Promise<Map<string, string>> {
  const sandboxed: SandboxedRun = {
    program: 'ffmpeg',
    inputPath: undefined,
    outputDirectory: folder,
    limits: {
      cpuSeconds: deadlineSeconds * 4,
      addressSpaceBytes: encodeMemoryBytes(context.memoryBytes, rungs),
      fileBytes: 64 * 2 ** 20,
    },
  };
  const paths = runPaths(context.sandbox, sandboxed);
  await runFfmpeg(context.sharedLauncher, context.sandbox, {
    ...sandboxed,
    workingDirectory: folder,
    input: { path: 'color=gray:s=64x64:r=25:d=1', options: ['-f', 'lavfi'] },
    filterGraph: rungs.map((rung, index) => greyOf(rung, index)).join(';'),
    outputs: rungs.map((rung, index) => ({
      path: join(paths.output, `${rung.renditionId}.mp4`),
      options: [
        ...['-map', `[v${index}]`, ...videoEncoderArguments(rung, 48), '-frames:v', String(frames)],
        ...['-movflags', '+empty_moov+default_base_moof+frag_keyframe', '-f', 'mp4'],
      ],
    })),
    deadlineSeconds,
    signal,
  });
  const strings = new Map<string, string>();
  for (const { renditionId } of rungs) {
    const [init] = new FragmentSplitter().push(await readFile(join(folder, `${renditionId}.mp4`)));
    if (init?.kind === 'init') strings.set(renditionId, readInit(init.bytes).codecString);
  }
  return strings;
}

function greyOf(rung: VideoRung, index: number): string {
  const rate = formatRational(rung.frameRate);
  return `color=gray:s=${rung.width}x${rung.height}:r=${rate}:d=1,setsar=1,format=${rung.videoRange === 'SDR' ? 'yuv420p' : 'yuv420p10le'}[v${index}]`;
}
