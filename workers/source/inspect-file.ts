import { SourceRefusedError } from '#core/contracts/failure.js';
import type { Truncation } from '#planning/source/timeline.js';
import type { Container } from '#workers/containers/container.js';
import { detectContainer, detectionBytes } from '#workers/containers/detect-container.js';
import { SourceFile } from '#workers/containers/source-file.js';
import type { UnsupportedFormat } from '#workers/containers/unsupported-formats.js';

/** What a source's bytes show without ffprobe. */
export interface InspectedFile {
  container: Container;
  bytes: number;
  truncation: Truncation | undefined;
  /** By the numbers of `container.encryption`. */
  encryptedTracks: ReadonlySet<number>;
  /** Largest backward jump of an MPEG stream's clock references; 0 in other containers. */
  timestampResetSeconds: number;
}

/** Detects a file's container and runs its checks. Throws SourceRefusedError for unsupported files. */
export async function inspectFile(path: string): Promise<InspectedFile> {
  await using file = await SourceFile.open(path);
  if (file.bytes === 0) throw new SourceRefusedError('empty', 'the file has 0 bytes');
  const detected = detectContainer(await file.readAt(0, detectionBytes));
  if (detected.kind !== 'media') refuseFormat(detected);
  const { container } = detected;
  return {
    container,
    bytes: file.bytes,
    truncation: await container.findTruncation?.(file),
    encryptedTracks: (await container.encryption?.findTracks(file)) ?? new Set(),
    timestampResetSeconds: (await container.findTimestampReset?.(file)) ?? 0,
  };
}

function refuseFormat({ kind, format }: UnsupportedFormat): never {
  if (kind === 'audio')
    throw new SourceRefusedError('no_video', `the file is ${format}: audio without video`);
  throw new SourceRefusedError('unsupported', `the file is not a video: ${format}`);
}
