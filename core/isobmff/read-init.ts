import { ByteCursor } from '#core/isobmff/byte-cursor.js';
import { type Box, findBox, IsobmffError, readBoxes } from '#core/isobmff/read-boxes.js';
import type { SampleDefaults } from '#core/isobmff/read-movie-fragment.js';
import { readSampleEntry, type SampleEntry } from '#core/isobmff/read-sample-entry.js';

export type TrackKind = 'video' | 'audio' | 'other';

export interface TrackFacts extends SampleEntry {
  trackId: number;
  kind: TrackKind;
  /** Ticks per second. */
  timescale: number;
  /** `media_time` of the edit list, in ticks; 0 without one. */
  editMediaTime: number;
  /** From `trex`. */
  defaults: SampleDefaults;
}

export interface InitFacts extends TrackFacts {
  codecString: string;
  kind: 'video' | 'audio';
}

/**
 * Reads an init segment of one track. Throws IsobmffError that names the missing box or the unsupported
 * entry.
 */
export function readInit(init: Buffer): InitFacts {
  const track = readTracks(init)[0];
  if (!track) throw new IsobmffError('the init segment has no moov/trak box');
  const { codecString, kind } = track;
  if (codecString === undefined || kind === 'other') {
    throw new IsobmffError(`the sample entry "${track.sampleEntry}" is not supported`);
  }
  return { ...track, codecString, kind };
}

/** Reads every track of an init segment, in order. Throws IsobmffError if a box is missing or truncated. */
export function readTracks(init: Buffer): TrackFacts[] {
  const moov = requireBox(init, ['moov'], { dataOffset: 0, end: init.length });
  const defaults = readTrackDefaults(init, moov);
  return [...readBoxes(init, moov.dataOffset, moov.end)]
    .filter(({ type }) => type === 'trak')
    .map((trak) => readTrack(init, trak, defaults));
}

type Range = Pick<Box, 'dataOffset' | 'end'>;

function readTrack(init: Buffer, trak: Range, defaults: ReadonlyMap<number, SampleDefaults>): TrackFacts {
  const stsd = requireBox(init, ['mdia', 'minf', 'stbl', 'stsd'], trak);
  // Entries follow the version, the flags and the entry count.
  const entry = [...readBoxes(init, Math.min(stsd.dataOffset + 8, stsd.end), stsd.end)][0];
  if (!entry) throw new IsobmffError('the init segment has no sample entry');
  const handler = contentOf(init, requireBox(init, ['mdia', 'hdlr'], trak));
  handler.skip(8);
  const kind = kindOf(handler.slice(4).toString('latin1'));
  const trackId = readTrackId(contentOf(init, requireBox(init, ['tkhd'], trak)));
  return {
    ...readSampleEntry(init, entry, kind),
    trackId,
    kind,
    timescale: readTimescale(contentOf(init, requireBox(init, ['mdia', 'mdhd'], trak))),
    editMediaTime: readEditMediaTime(init, trak),
    defaults: defaults.get(trackId) ?? { duration: 0, bytes: 0, flags: 0 },
  };
}

function kindOf(handler: string): TrackKind {
  if (handler === 'vide') return 'video';
  return handler === 'soun' ? 'audio' : 'other';
}

function requireBox(init: Buffer, path: readonly string[], within: Range): Box {
  const box = findBox(init, path, within.dataOffset, within.end);
  if (!box) throw new IsobmffError(`the init segment has no ${path.join('/')} box`);
  return box;
}

const contentOf = (init: Buffer, box: Range): ByteCursor =>
  new ByteCursor(init.subarray(box.dataOffset, box.end));

/** Skips creation and modification time, of 64 bits each in version 1 (8.3.2 and 8.4.2). */
function skipTimes(cursor: ByteCursor): ByteCursor {
  const version = cursor.uint8();
  cursor.skip(3 + (version === 1 ? 16 : 8));
  return cursor;
}

const readTrackId = (tkhd: ByteCursor): number => skipTimes(tkhd).uint32();

function readTimescale(mdhd: ByteCursor): number {
  const timescale = skipTimes(mdhd).uint32();
  if (timescale === 0) throw new IsobmffError('the timescale of a track is 0');
  return timescale;
}

function readEditMediaTime(init: Buffer, trak: Range): number {
  const elst = findBox(init, ['edts', 'elst'], trak.dataOffset, trak.end);
  if (!elst) return 0;
  const cursor = contentOf(init, elst);
  const version = cursor.uint8();
  cursor.skip(3);
  for (let left = cursor.uint32(); left > 0; left -= 1) {
    cursor.skip(version === 1 ? 8 : 4);
    // media_time -1 is an empty edit (8.6.6.1): a gap before the media, not a position in it.
    const high = version === 1 ? cursor.int32() : 0;
    const mediaTime = version === 1 ? high * 2 ** 32 + cursor.uint32() : cursor.int32();
    if (mediaTime >= 0) return mediaTime;
    cursor.skip(4);
  }
  return 0;
}

/** Reads `trex` of every track (8.8.3). */
function readTrackDefaults(init: Buffer, moov: Range): Map<number, SampleDefaults> {
  const defaults = new Map<number, SampleDefaults>();
  const mvex = findBox(init, ['mvex'], moov.dataOffset, moov.end);
  if (!mvex) return defaults;
  for (const box of readBoxes(init, mvex.dataOffset, mvex.end)) {
    if (box.type !== 'trex') continue;
    const cursor = contentOf(init, box);
    cursor.skip(4);
    const trackId = cursor.uint32();
    cursor.skip(4);
    defaults.set(trackId, { duration: cursor.uint32(), bytes: cursor.uint32(), flags: cursor.uint32() });
  }
  return defaults;
}
