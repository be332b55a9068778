import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureBuild } from './ensure-build.mjs';
import { ensurePackages } from './ensure-packages.mjs';
import { ensurePrograms } from './ensure-programs.mjs';
import { SetupError } from './say.mjs';

export const root = fileURLToPath(new URL('../../', import.meta.url));

/** The oldest Node.js that the dependencies support. */
const minNode = { major: 20, minor: 20 };

/**
 * Makes a clone ready to run: checks Node.js, installs packages and `programs`, compiles the sources. In an
 * installed package, which has no sources, it only checks Node.js and the programs.
 * @param {readonly import('./programs.mjs').Program[]} programs
 */
export async function setUp(programs) {
  assertNode(process.versions.node);
  const isClone = existsSync(join(root, 'tsconfig.build.json'));
  if (isClone) await ensurePackages(root);
  await ensurePrograms(programs);
  if (isClone) await ensureBuild(root);
}

/** @param {string} version */
export function assertNode(version) {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > minNode.major || (major === minNode.major && minor >= minNode.minor)) return;
  throw new SetupError(
    `Node.js ${version} is too old: Millrace needs ${minNode.major}.${minNode.minor} or newer (https://nodejs.org).`,
  );
}

/**
 * Runs `main` and prints only the message of an expected failure.
 * @param {() => Promise<void>} main
 */
export async function orExplain(main) {
  try {
    await main();
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    process.stderr.write(`\nmillrace: ${error.message}\n`);
    process.exit(1);
  }
}
