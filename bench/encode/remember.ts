import { createHash } from 'node:crypto';
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Returns the cached result of an earlier run, else calls `find` and caches its result. Only for results that
 * do not depend on the machine's load: sizes and quality, never times.
 */
export async function remember<Answer>(
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
