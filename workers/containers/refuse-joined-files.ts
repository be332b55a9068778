import { SourceRefusedError } from '#core/contracts/failure.js';

/** Refuses a file with a second, complete file inside it: demuxers would drop the second without a word. */
export function refuseJoinedFiles(secondOffset: number): never {
  throw new SourceRefusedError(
    'duration',
    `a second video begins at byte ${secondOffset}: files were joined without common timestamps`,
  );
}
