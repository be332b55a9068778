import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { ProblemError } from '#core/runtime/problem.js';

/** In the order of the Tus-Checksum-Algorithm header. The protocol requires sha1. */
export const checksumAlgorithms = ['sha1', 'sha256', 'sha512', 'md5'] as const;
const HEADER = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/;

export interface UploadChecksum {
  algorithm: (typeof checksumAlgorithms)[number];
  digest: Buffer;
}

/** Parses `Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=` (tus 1.0.0, checksum extension). */
export function parseChecksum(header: string | null): UploadChecksum | undefined {
  if (header === null) return undefined;
  const [, name, digest] = HEADER.exec(header) ?? [];
  const algorithm = checksumAlgorithms.find((known) => known === name);
  if (algorithm && digest) return { algorithm, digest: Buffer.from(digest, 'base64') };
  throw new ProblemError(
    400,
    'checksum-algorithm',
    `Upload-Checksum must be one of ${checksumAlgorithms.join(', ')}, a space and the digest in Base64.`,
  );
}

/** Passes a body through, and fails with a 460 problem after its last byte if the digest differs. */
export function verifyChecksum(body: Readable, expected: UploadChecksum): Readable {
  return Readable.from(verifiedChunks(body, expected));
}

async function* verifiedChunks(body: Readable, { algorithm, digest }: UploadChecksum) {
  const hash = createHash(algorithm);
  let bytes = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
    yield chunk;
  }
  if (hash.digest().equals(digest)) return;
  throw new ProblemError(
    460,
    'checksum-mismatch',
    `The ${bytes} bytes do not match Upload-Checksum and were discarded. Send them again.`,
  );
}
