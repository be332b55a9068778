import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { SourceVideo } from '#core/contracts/plan.js';
import { FragmentSplitter } from '#core/isobmff/fragment-splitter.js';
import { sampleCrf } from '#planning/ladder/complexity.js';
import type { RungSize } from '#planning/ladder/rung-sizes.js';
import type { Ffmpeg } from '#workers/ffmpeg/ffmpeg.js';
import { FfmpegError } from '#workers/ffmpeg/ffmpeg-error.js';
import type { FieldCounts } from '#workers/ffmpeg/run-log.js';
import type { Scratch } from '#workers/scratch/scratch.js';
import { fieldDetector } from '#workers/source/detect-interlacing.js';

export interface SamplingContext {
  ffmpeg: Pick<Ffmpeg, 'encode'>;
  scratch: Scratch;
}

interface SampleWindow {
  path: string;
  video: SourceVideo;
  /** From the title's start; undefined to read without a seek: in FLV, even a seek to the start fails. */
  startSeconds: number | undefined;
  sizes: readonly RungSize[];
}

/** Bytes of the key frame, and of an average frame after it. */
interface FrameBytes {
  keyFrameBytes: number;
  interFrameBytes: number;
}

export interface MeasuredWindow {
  /** In the order of `SampleWindow.sizes`. */
  sizes: FrameBytes[];
  fields: FieldCounts;
  cpuSeconds: number;
}

/**
 * Frames of one window at any frame rate, because a fast source is no more complex. Twice as many cost nearly
 * twice the time and change the result by at most 5 %.
 */
const maxFrames = 16;
/** However far apart the frames are. */
const maxSeconds = 30;
const maxCpuSeconds = 120;

/** Encodes one window at every size, in one run. Resolves to undefined if the window cannot be decoded. */
export async function measureSampleWindow(
  { ffmpeg, scratch }: SamplingContext,
  { path, video, startSeconds, sizes }: SampleWindow,
  signal: AbortSignal,
): Promise<MeasuredWindow | undefined> {
  return scratch.withFolder('sample', async (folder) => {
    const outputs = sizes.map((_, index) => join(folder, `${index}.mp4`));
    try {
      const { fields, cpuSeconds } = await ffmpeg.encode({
        priority: 'normal',
        folder,
        inputs: [
          {
            kind: 'source',
            path,
            demuxer: video.demuxer,
            options: ['-noaccurate_seek', '-reinit_filter', '0', ...seekOptions(video, startSeconds)],
          },
        ],
        graph: sampleGraph(video, sizes),
        outputs: outputs.map((output, index) => ({ path: output, options: outputOptions(index) })),
        limits: { cpuSeconds: maxCpuSeconds, fileBytes: 64 * 2 ** 20 },
        signal,
      });
      const files = await Promise.all(outputs.map((output) => readFile(output)));
      const measured = files.map(measureFrames).filter((size) => size !== undefined);
      return measured.length < sizes.length ? undefined : { sizes: measured, fields, cpuSeconds };
    } catch (error) {
      if (error instanceof FfmpegError && isOfSource(error)) return undefined;
      throw error;
    }
  });
}

/** Whether this window of the source may be the cause, rather than the machine. */
const isOfSource = ({ code }: FfmpegError): boolean =>
  ['exited', 'undecodable', 'no_memory', 'killed', 'deadline'].includes(code);

function seekOptions(video: SourceVideo, startSeconds: number | undefined): string[] {
  if (startSeconds === undefined) return [];
  const seek = video.originSeconds - video.containerStartSeconds + startSeconds;
  return seek > 0 ? ['-ss', seek.toFixed(3)] : [];
}

function sampleGraph(video: SourceVideo, sizes: readonly RungSize[]): string {
  const names = sizes.map((_, index) => `[s${index}]`).join('');
  const split = `[0:${video.streamIndex}]${fieldDetector},trim=end_frame=${maxFrames},split=${sizes.length}${names}`;
  const branches = sizes.map(
    ({ width, height }, index) =>
      `[s${index}]scale=w=${width}:h=${height}:flags=bicubic,format=yuv420p[v${index}]`,
  );
  return [split, ...branches].join(';');
}

function outputOptions(index: number): string[] {
  return [
    ...['-map', `[v${index}]`, '-c:v', 'libx264', '-preset', 'superfast', '-crf', String(sampleCrf)],
    // Macroblock trees, off in this preset, keep bitrates comparable to slower presets for any content.
    ...['-x264-params', 'mbtree=1:rc-lookahead=20'],
    ...['-threads', '1', '-g', '600', '-sc_threshold', '0', '-vsync', 'passthrough'],
    ...['-frames:v', String(maxFrames), '-t', String(maxSeconds), '-fs', String(32 * 2 ** 20)],
    ...['-map_metadata', '-1', '-movflags', '+empty_moov+default_base_moof', '-f', 'mp4'],
  ];
}

/** Undefined if the file holds no frames. */
function measureFrames(file: Buffer): FrameBytes | undefined {
  const frames: number[] = [];
  for (const item of new FragmentSplitter().push(file)) {
    if (item.kind === 'fragment') frames.push(...item.samples.map((sample) => sample.bytes));
  }
  const [keyFrameBytes, ...rest] = frames;
  if (keyFrameBytes === undefined) return undefined;
  const sum = rest.reduce((total, bytes) => total + bytes, 0);
  return { keyFrameBytes, interFrameBytes: sum / Math.max(1, rest.length) };
}
