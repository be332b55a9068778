import type { Container } from '#workers/containers/container.js';
import { containers } from '#workers/containers/containers.js';
import {
  detectByContent,
  detectByMagic,
  detectStillImage,
  type UnsupportedFormat,
} from '#workers/containers/unsupported-formats.js';

type DetectedFormat = { kind: 'media'; container: Container } | UnsupportedFormat;

/** Bytes that `detectContainer` needs of the start of a file. */
export const detectionBytes = 64 * 1024;

/**
 * Detects the container from the file's first bytes, never from its name. A playlist, an SDP description or
 * an SVG named `.mp4` matches no container, so it never reaches a demuxer that opens other files or hosts.
 */
export function detectContainer(head: Buffer): DetectedFormat {
  return (
    detectStillImage(head) ??
    recognise(head, 'magic') ??
    detectByMagic(head) ??
    recognise(head, 'structure') ??
    detectByContent(head)
  );
}

function recognise(head: Buffer, by: Container['recognisedBy']): DetectedFormat | undefined {
  const container = containers.find(
    (candidate) => candidate.recognisedBy === by && candidate.recognises(head),
  );
  return container && { kind: 'media', container };
}
