import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { runPlainFfmpeg } from '#bench/encode/run-ffmpeg.js';

export interface PlayableClip {
  name: string;
  path: string;
}

/** Output options of each clip. `copy` repeats the base without encoding it again. */
const recipes: Record<string, readonly string[]> = {
  '10s': ['-c', 'copy', '-t', '10'],
  '52s': ['-c', 'copy', '-t', '52'],
  '2h': ['-c', 'copy', '-t', '7200'],
  '1080p60': [
    ...['-t', '60', '-vf', 'scale=1920:1080:flags=bicubic,fps=60', '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-crf', '18', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2'],
  ],
  '4k': [
    ...['-t', '60', '-vf', 'scale=3840:2160:flags=bicubic', '-c:v', 'libx264', '-preset', 'veryfast'],
    ...['-crf', '20', '-pix_fmt', 'yuv420p', '-c:a', 'aac', '-ac', '2'],
  ],
};

export const playableClipNames = Object.keys(recipes);

/** Makes the named sources of the bench from a base clip, each once. */
export async function makePlayableClips(
  base: string,
  names: readonly string[],
  workFolder: string,
): Promise<PlayableClip[]> {
  const clips: PlayableClip[] = [];
  for (const name of names) {
    const args = recipes[name];
    if (!args) throw new RangeError(`no clip is named ${name}: there are ${playableClipNames.join(', ')}`);
    const path = join(workFolder, `${name}.mp4`);
    const exists = await access(path).then(
      () => true,
      () => false,
    );
    if (!exists)
      await runPlainFfmpeg('ffmpeg', ['-y', '-stream_loop', '-1', '-i', base, '-map', '0', ...args, path]);
    clips.push({ name, path });
  }
  return clips;
}
