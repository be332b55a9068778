import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { access, mkdir, readdir, rename } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';
import { makeSample } from '#fixtures/media/make-sample.js';

export interface Clip {
  name: string;
  path: string;
  /** SHA-256 of the file. */
  hash: string;
}

const clipExtensions = new Set(['.mp4', '.webm', '.mkv', '.mov', '.ts']);

async function describeClip(name: string, path: string): Promise<Clip> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return { name, path, hash: hash.digest('hex') };
}

/** Lists the clips of a folder by name; without a folder, the sample video of `npm start`. */
export async function findClips(folder: string | undefined, workFolder: string): Promise<Clip[]> {
  if (folder === undefined) {
    const path = await makeOnce(join(workFolder, 'sample.mp4'), makeSample);
    return [await describeClip('sample', path)];
  }
  const names = (await readdir(folder)).filter((name) => clipExtensions.has(extname(name))).sort();
  if (names.length === 0) throw new Error(`${folder} contains no clips (${[...clipExtensions].join(', ')})`);
  return Promise.all(
    names.map((name) => describeClip(name.slice(0, -extname(name).length), join(folder, name))),
  );
}

async function makeOnce(path: string, make: (path: string) => Promise<unknown>): Promise<string> {
  const exists = await access(path).then(
    () => true,
    () => false,
  );
  if (exists) return path;
  const unfinished = path.replace(/(\.\w+)$/, '.part$1');
  await make(unfinished);
  await rename(unfinished, path);
  return path;
}

const lossless = ['-an', '-c:v', 'libx264', '-preset', 'ultrafast', '-qp', '6', '-pix_fmt', 'yuv420p'];

/** Lines of small text, like an editor window, in the system's default font. */
const windowText =
  "drawtext=font=Sans:fontsize=17:fontcolor=black:line_spacing=4:text='%{eif\\:n/8\\:d}  const answer = ask(question); // the quick brown fox 0123456789'";

/**
 * Makes clips that are hard for ladders from one clip: heavy grain, scrolling text, fast motion at 60 fps.
 */
export async function makeHardClips(base: Clip, workFolder: string): Promise<Clip[]> {
  await mkdir(workFolder, { recursive: true });
  const full = 'scale=1920:1080:force_original_aspect_ratio=increase:flags=bicubic,crop=1920:1080';
  const textRows = Array.from(
    { length: 40 },
    (_, row) => `${windowText}:x=${40 + (row % 5) * 48}:y=mod(${row * 27}-3*n\\,1080)`,
  ).join(',');
  const recipes: { name: string; args: string[] }[] = [
    { name: 'grain', args: ['-i', base.path, '-t', '8', '-vf', `${full},noise=alls=18:allf=t:all_seed=7`] },
    {
      name: 'screen',
      args: ['-f', 'lavfi', '-i', 'color=white:s=1920x1080:r=30:d=12', '-vf', textRows],
    },
    {
      name: 'motion60',
      args: [
        ...['-i', base.path, '-t', '8', '-vf'],
        `${full},setpts=PTS/2,fps=60,crop=1600:900:160+150*sin(t*9):90+80*cos(t*7),scale=1920:1080:flags=bicubic`,
      ],
    },
  ];
  return Promise.all(
    recipes.map(async ({ name, args }) => {
      const key = createHash('sha256')
        .update(JSON.stringify([base.hash, args.slice(2)]))
        .digest('hex')
        .slice(0, 12);
      const path = await makeOnce(join(workFolder, `${name}-${key}.mkv`), (unfinished) =>
        runPlainFfmpeg('ffmpeg', [...args, ...lossless, unfinished]),
      );
      return describeClip(name, path);
    }),
  );
}

/** Makes a clip of at least `seconds` by repeating another, without encoding it again. */
export async function makeLongClip(base: Clip, seconds: number, workFolder: string): Promise<Clip> {
  await mkdir(workFolder, { recursive: true });
  const name = `${base.name}-${seconds}s`;
  const path = await makeOnce(
    join(workFolder, `${name}-${base.hash.slice(0, 12)}${extname(base.path)}`),
    (unfinished) =>
      runPlainFfmpeg('ffmpeg', [
        ...['-stream_loop', '-1', '-i', base.path, '-map', '0', '-c', 'copy'],
        ...['-t', String(seconds), unfinished],
      ]),
  );
  return describeClip(name, path);
}
