import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';

/** Bytes that differ every 4096 bytes, so that parts in a wrong order are noticed. */
export function pattern(bytes: number): Buffer {
  const block = createHash('sha512').update(String(bytes)).digest();
  const body = Buffer.alloc(bytes, block);
  for (let offset = 0; offset + 4 <= bytes; offset += 4096) body.writeUInt32BE(offset, offset);
  return body;
}

export function inChunks(body: Buffer, chunkBytes: number): Readable {
  const count = Math.ceil(body.length / chunkBytes);
  return Readable.from(
    Array.from({ length: count }, (_, index) => body.subarray(index * chunkBytes, (index + 1) * chunkBytes)),
  );
}

export function breakingAfter(bytes: number, failure: Error): Readable {
  async function* chunks(): AsyncGenerator<Buffer> {
    for (let sent = 0; sent < bytes; sent += 65_536) yield pattern(Math.min(65_536, bytes - sent));
    throw failure;
  }
  return Readable.from(chunks());
}

export function digest(body: Buffer): string {
  return createHash('sha256').update(body).digest('hex');
}
