import { createHash, randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { ProblemError } from '#core/runtime/problem.js';

/** In the order of the Tus-Checksum-Algorithm header. The protocol requires sha1. */
export const checksumAlgorithms = ['sha1', 'sha256', 'sha512', 'md5'] as const;
/** Limit on bodies with a checksum, which are written to a temporary file: chunks, not whole sources. */
const maxCheckedBytes = 1024 ** 3;
const HEADER = /^([a-z0-9]+) ([A-Za-z0-9+/]+={0,2})$/;

export interface ExpectedChecksum {
  algorithm: (typeof checksumAlgorithms)[number];
  digest: Buffer;
}

/** Parses `Upload-Checksum: sha1 Kq5sNclPz7QV2+lfQIuc6R7oRu0=` (tus 1.0.0, checksum extension). */
export function parseChecksum(header: string | null): ExpectedChecksum | undefined {
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

/**
 * Copies the body to a temporary file in `directory` and checks its digest, because "the Server MUST discard
 * the chunk" (tus 1.0.0) on a mismatch. Resolves to the checked copy; `release` deletes it.
 */
export async function takeCheckedBody(
  body: ReadableStream<Uint8Array>,
  expected: ExpectedChecksum,
  directory: string,
): Promise<{ body: ReadableStream<Uint8Array>; release(): Promise<void> }> {
  await mkdir(directory, { recursive: true });
  const path = join(directory, `checked-${randomUUID()}`);
  const hash = createHash(expected.algorithm);
  let bytes = 0;
  const measure = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      hash.update(chunk);
      done(bytes > maxCheckedBytes ? tooLong() : null, chunk);
    },
  });
  try {
    await pipeline(
      Readable.fromWeb(body as never),
      measure,
      createWriteStream(path, { flags: 'wx', mode: 0o600 }),
    );
    if (!hash.digest().equals(expected.digest)) throw mismatch(bytes);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
  const copy = Readable.toWeb(createReadStream(path)) as ReadableStream<Uint8Array>;
  return { body: copy, release: () => rm(path, { force: true }) };
}

function mismatch(bytes: number): ProblemError {
  return new ProblemError(
    460,
    'checksum-mismatch',
    `The ${bytes} bytes do not match Upload-Checksum and were discarded. Send them again.`,
  );
}

function tooLong(): ProblemError {
  return new ProblemError(
    413,
    'checked-body-too-large',
    `A request with Upload-Checksum may have at most ${maxCheckedBytes} bytes. Send smaller chunks.`,
  );
}
