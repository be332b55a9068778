import { createHash } from 'node:crypto';
import { IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import { writeBox } from '#core/isobmff/write-box.js';

/** Marks a `free` box as a digest. Players skip `free` boxes (ISO/IEC 14496-12 8.1.2). */
const mark = Buffer.from('mlr-s256', 'latin1');
const digestBytes = 32;
/** Header, mark and SHA-256. */
const digestBoxBytes = 8 + mark.length + digestBytes;
const boxStart = Buffer.concat([Buffer.from([0, 0, 0, digestBoxBytes]), Buffer.from('free', 'latin1'), mark]);
/** The boxes that our segments and init segments consist of, apart from the digest. */
const writtenTypes: ReadonlySet<string> = new Set(['ftyp', 'styp', 'sidx', 'moov', 'moof', 'mdat']);

/**
 * Appends the SHA-256 of a segment or an init segment to it, in a `free` box. The digest is part of the
 * object, so that one write stores both.
 */
export function withDigest(bytes: Buffer): Buffer {
  return Buffer.concat([bytes, writeBox('free', mark, sha256(bytes))]);
}

/** Returns the bytes without their digest, if they end with one. */
export function withoutDigest(bytes: Buffer): Buffer {
  return hasDigest(bytes) ? bytes.subarray(0, -digestBoxBytes) : bytes;
}

/**
 * Compares a whole object with its digest. `absent`: an earlier release stored it without one. `mismatch`
 * too if the object is empty or its boxes are truncated, since its digest may be what is lost.
 */
export function checkDigest(bytes: Buffer): 'valid' | 'mismatch' | 'absent' {
  if (!hasDigest(bytes)) return bytes.length === 0 || isBroken(bytes) ? 'mismatch' : 'absent';
  const digest = bytes.subarray(-digestBytes);
  return sha256(withoutDigest(bytes)).equals(digest) ? 'valid' : 'mismatch';
}

function hasDigest(bytes: Buffer): boolean {
  const start = bytes.length - digestBoxBytes;
  return start >= 0 && bytes.subarray(start, start + boxStart.length).equals(boxStart);
}

/** Whether bytes that begin as ours do not consist of whole boxes of ours. */
function isBroken(bytes: Buffer): boolean {
  if (!writtenTypes.has(bytes.toString('latin1', 4, 8))) return false;
  try {
    for (const { type } of readBoxes(bytes)) if (!writtenTypes.has(type)) return true;
    return false;
  } catch (error) {
    if (error instanceof IsobmffError) return true;
    throw error;
  }
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
