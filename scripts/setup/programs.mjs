import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * A system program: its name on PATH, its purpose and the packages that contain it.
 * @typedef {{ command: string, purpose: string, apt: string, brew: string | undefined, platforms?: readonly
 *   string[] }} Program
 */

/** @type {readonly Program[]} */
export const runtimePrograms = [
  { command: 'redis-server', purpose: 'the queue', apt: 'redis-server', brew: 'redis' },
  { command: 'ffmpeg', purpose: 'encoding', apt: 'ffmpeg', brew: 'ffmpeg' },
  { command: 'ffprobe', purpose: 'reading uploads', apt: 'ffmpeg', brew: 'ffmpeg' },
  // Only Linux has the namespaces that bubblewrap needs.
  {
    command: 'bwrap',
    purpose: 'the sandbox around ffmpeg',
    apt: 'bubblewrap',
    brew: undefined,
    platforms: ['linux'],
  },
];

/** @type {readonly Program[]} */
export const testPrograms = [
  ...runtimePrograms,
  { command: 'chromium', purpose: 'the browser tests', apt: 'chromium', brew: '--cask chromium' },
];

/**
 * @param {readonly Program[]} programs
 * @param {{ path: string, platform: string }} system
 */
export function missingPrograms(programs, { path, platform }) {
  return programs.filter(
    (program) =>
      (program.platforms === undefined || program.platforms.includes(platform)) &&
      findOnPath(program.command, path) === undefined,
  );
}

/**
 * @param {string} command
 * @param {string} path
 * @returns {string | undefined} absolute path of the program
 */
export function findOnPath(command, path) {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, command))
    .find(isExecutableFile);
}

/** @param {string} file */
function isExecutableFile(file) {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
}
