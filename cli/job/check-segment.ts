import type { Fetched } from '#cli/job/fetch-from-edge.js';
import { type Box, boxesIn } from '#core/isobmff/boxes.js';
import { readInit } from '#core/isobmff/read-init.js';
import { readMovieFragment } from '#core/isobmff/read-fragment.js';

export interface InitShape {
  timescale: number;
  /** Media time that is shown at zero, ticks (edit list). */
  editMediaTime: number;
}

/** Throws naming the address where the init segment is none. */
export function checkInit({ url, bytes }: Fetched): InitShape {
  return naming(url, () => {
    const types = [...boxesIn(bytes)].map(({ type }) => type);
    if (types[0] !== 'ftyp' || !types.includes('moov'))
      throw new Error(`holds ${types.join(', ')} instead of ftyp and moov`);
    return readInit(bytes);
  });
}

/** Where a segment's media begins and how long it lasts, seconds on the presentation's time line. */
export interface SegmentTimes {
  startSeconds: number;
  durationSeconds: number;
}

/** Throws naming the address where a segment is not whole fragments, one after the other in time. */
export function checkSegment({ url, bytes }: Fetched, init: InitShape): SegmentTimes {
  return naming(url, () => {
    const boxes = [...boxesIn(bytes)];
    const fragments = boxes
      .filter(({ type }) => type === 'moof')
      .map(({ offset }) => readMovieFragment(bytes, offset));
    assertPairs(boxes);
    const first = fragments[0];
    if (!first) throw new Error('holds no moof box');
    let expected = first.tfdt;
    for (const { tfdt, samples } of fragments) {
      if (tfdt !== expected) throw new Error(`has a fragment at ${tfdt} ticks where ${expected} follow on`);
      expected += samples.reduce((sum, { duration }) => sum + duration, 0);
    }
    return {
      startSeconds: (first.tfdt - init.editMediaTime) / init.timescale,
      durationSeconds: (expected - first.tfdt) / init.timescale,
    };
  });
}

/** CMAF 7.3.2.3: after what may stand before, a chunk is one moof and the mdat it describes. */
function assertPairs(boxes: readonly Box[]): void {
  boxes.forEach(({ type }, index) => {
    if (type === 'mdat' && boxes[index - 1]?.type !== 'moof')
      throw new Error('has an mdat box without its moof');
    if (type === 'moof' && boxes[index + 1]?.type !== 'mdat')
      throw new Error('has a moof box without its mdat');
  });
}

function naming<Result>(url: string, check: () => Result): Result {
  try {
    return check();
  } catch (error) {
    throw new Error(`${url} ${(error as Error).message}`, { cause: error });
  }
}
