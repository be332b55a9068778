import type { Truncation } from '#planning/source/timeline.js';
import type { SourceFile } from '#workers/containers/source-file.js';

/** Compares the end that a header declares for `part` with the file's; undefined if nothing is missing. */
export function compareDeclaredEnd(
  file: SourceFile,
  declaredEnd: number,
  part: string,
): Truncation | undefined {
  if (declaredEnd <= file.bytes) return undefined;
  return {
    detail: `the ${part} should end at byte ${declaredEnd}, but the file ends at byte ${file.bytes}`,
    presentShare: file.bytes / declaredEnd,
  };
}
