import {
  BufferSource,
  type EncodedPacket,
  EncodedPacketSink,
  Input,
  InputAudioTrack,
  type InputTrack,
  InputVideoTrack,
  Logging,
  LogLevel,
  MPEG_TS,
} from 'mediabunny';
import type { SegmentMedia } from '#core/hls/check/presentation/loaded-presentation.js';
import { isInterlacedSps } from '#core/isobmff/is-interlaced-sps.js';
import type { TrackFacts } from '#core/isobmff/read-init.js';
import { isIdrNal } from '#core/isobmff/starts-with-idr.js';

export interface TransportStreamFacts {
  tracks: TrackFacts[];
  media: SegmentMedia;
}

/**
 * Inspects a segment of MPEG transport stream by its main track: the video track, or else the first.
 * `earlier` is the start of an earlier segment, which may be the only one with parameter sets. Rejects with
 * the reason if mediabunny cannot parse the segment.
 */
export async function readTransportStream(
  bytes: Buffer,
  segmentIndex: number,
  earlier: Buffer | undefined,
): Promise<TransportStreamFacts> {
  // Otherwise it prints warnings about the stream into the report.
  Logging.level = LogLevel.Silent;
  const open = (source: Buffer, initInput?: Input): Input =>
    new Input({ source: new BufferSource(source), formats: [MPEG_TS], ...(initInput && { initInput }) });
  const init = earlier && open(earlier);
  const input = open(bytes, init);
  try {
    // Its parameter sets are available only after its tracks have been read.
    await init?.getTracks();
    const found = await input.getTracks();
    const main = found.find((track) => track instanceof InputVideoTrack) ?? found[0];
    if (!main) throw new Error('it has neither video nor audio');
    const codec = await main.getCodec();
    const frames = new FrameScan(codec === 'avc' || codec === 'hevc' ? codec : undefined);
    for await (const packet of new EncodedPacketSink(main).packets()) frames.add(packet);
    const tracks: TrackFacts[] = [];
    for (const track of found) {
      const isInterlaced = track === main ? frames.isInterlaced : undefined;
      tracks.push({ ...(await factsOf(track)), isInterlaced });
    }
    return { tracks, media: { segmentIndex, ...frames.facts() } };
  } finally {
    input.dispose();
    init?.dispose();
  }
}

/** Ticks per second of transport stream timestamps. */
const ticksPerSecond = 90_000;

async function factsOf(track: InputTrack): Promise<Omit<TrackFacts, 'isInterlaced'>> {
  const codecString = (await track.getCodecParameterString()) ?? undefined;
  const isVideo = track instanceof InputVideoTrack;
  const channels = track instanceof InputAudioTrack ? await track.getNumberOfChannels() : 0;
  return {
    sampleEntry: codecString?.slice(0, 4) ?? '',
    // Streams have no sample entries. Mediabunny reports HEVC as `hev1`, playlists usually declare `hvc1`.
    codecString: codecString?.replace(/^hev1/, 'hvc1'),
    kind: isVideo ? 'video' : 'audio',
    width: isVideo ? await track.getCodedWidth() : 0,
    height: isVideo ? await track.getCodedHeight() : 0,
    displayWidth: isVideo ? await track.getSquarePixelWidth() : 0,
    // AAC frames do not signal parametric stereo, with which one coded channel decodes to two.
    channels: channels === 1 ? 0 : channels,
    trackId: track.id,
    timescale: ticksPerSecond,
    nalLengthBytes: undefined,
    transfer: undefined,
    editMediaTime: 0,
    defaults: { duration: 0, bytes: 0, flags: 0 },
  };
}

/** Measures the packets of one track, in decoding order. */
class FrameScan {
  isInterlaced: boolean | undefined;
  private frames = 0;
  private start = Number.POSITIVE_INFINITY;
  private end = Number.NEGATIVE_INFINITY;
  private maxFrame = 0;
  private maxGop = 0;
  private keyFrameAt: number | undefined;
  private startsWithIdr: boolean | undefined;
  private startsWithSync = true;

  constructor(private readonly codec: 'avc' | 'hevc' | undefined) {}

  add({ data, timestamp, duration, type }: EncodedPacket): void {
    const isIdr = this.codec && this.findIdr(data);
    const isKey = isIdr ?? type === 'key';
    if (this.frames === 0) {
      this.startsWithIdr = isIdr;
      this.startsWithSync = isKey || type === 'key';
      this.keyFrameAt = timestamp;
    }
    if (isKey && this.keyFrameAt !== undefined) {
      this.maxGop = Math.max(this.maxGop, timestamp - this.keyFrameAt);
      this.keyFrameAt = timestamp;
    }
    this.frames += 1;
    this.start = Math.min(this.start, timestamp);
    this.end = Math.max(this.end, timestamp + duration);
    this.maxFrame = Math.max(this.maxFrame, duration);
  }

  facts(): Omit<SegmentMedia, 'segmentIndex'> {
    if (this.frames === 0) throw new Error('it has no samples');
    const { frames, start, end, maxFrame, startsWithSync, startsWithIdr } = this;
    return {
      startSeconds: start,
      durationSeconds: end - start,
      // The stream does not declare the duration of the last frame.
      uncertainSeconds: maxFrame,
      frames,
      maxGopSeconds: Math.max(this.maxGop, end - (this.keyFrameAt ?? start)),
      startsWithSync,
      startsWithIdr,
    };
  }

  /** Decides by the first slice; reads interlacing from a sequence parameter set before it. */
  private findIdr(data: Uint8Array): boolean {
    for (const offset of nalOffsets(data)) {
      const header = data[offset] ?? 0;
      if (this.codec === 'avc' && (header & 0x1f) === 7) {
        this.isInterlaced ??= isInterlacedSps(Buffer.from(data.subarray(offset, offset + maxSps)));
      }
      const isIdr = isIdrNal(this.codec === 'avc' ? 'avc' : 'hevc', header);
      if (isIdr !== undefined) return isIdr;
    }
    return false;
  }
}

/** Bytes of a sequence parameter set that reach up to its frame_mbs_only_flag. */
const maxSps = 512;

/** Offsets of NAL units, after their start codes (ITU-T H.264 annex B). */
function* nalOffsets(data: Uint8Array): Generator<number> {
  for (let at = data.indexOf(1, 2); at >= 0; at = data.indexOf(1, at + 1)) {
    if (data[at - 1] === 0 && data[at - 2] === 0) yield at + 1;
  }
}
