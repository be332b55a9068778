import type { TransportStreamFacts } from '#core/hls/check/load/read-transport-stream.js';
import { SegmentDefectError } from '#core/hls/check/load/record-defect.js';
import { findPacketDefect } from '#core/hls/check/load/segment-format.js';
import type { SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';

/** Bytes kept of the first segment, for the parameter sets that later ones may lack. */
const maxStartBytes = 2 ** 20;

/** Inspects the MPEG transport stream segments of one rendition. */
export class TransportStreamInspector {
  /** Segments that mediabunny cannot parse. */
  readonly unreadable: { segmentIndex: number; reason: string }[] = [];
  private firstStart: Buffer | undefined;

  /**
   * undefined if mediabunny cannot parse the segment. Throws SegmentDefectError if its packets are damaged.
   */
  async inspect(bytes: Buffer, segmentIndex: number): Promise<TransportStreamFacts | undefined> {
    const defect = findPacketDefect(bytes);
    if (defect !== undefined) throw new SegmentDefectError(defect);
    // Loaded on demand, because it brings a demuxer that most checks never need.
    const { readTransportStream } = await import('#core/hls/check/load/read-transport-stream.js');
    const earlier = this.firstStart;
    // A copy: a view would keep the whole segment in memory.
    this.firstStart ??= Buffer.from(bytes.subarray(0, maxStartBytes));
    try {
      return await readTransportStream(bytes, segmentIndex, earlier);
    } catch (error) {
      this.unreadable.push({ segmentIndex, reason: error instanceof Error ? error.message : String(error) });
      return undefined;
    }
  }
}

/** Period of the 33-bit timestamps at 90 kHz: they wrap around after 26.5 hours (ISO/IEC 13818-1 2.4.3.7). */
const wrapSeconds = 2 ** 33 / 90_000;

/** Moves each segment by whole periods so that it starts as close as possible to the one before it. */
export function unwrapTimestamps(segments: readonly SegmentMedia[]): SegmentMedia[] {
  let before = segments[0]?.startSeconds ?? 0;
  return segments.map((segment) => {
    const wraps = Math.round((before - segment.startSeconds) / wrapSeconds);
    before = segment.startSeconds + wraps * wrapSeconds;
    return { ...segment, startSeconds: before };
  });
}
