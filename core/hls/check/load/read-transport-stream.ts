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
 * Reads what a segment of MPEG transport stream holds. `earlier` is the begin of a segment before it:
 * parameter sets may be there alone. Rejects where mediabunny cannot make sense of it; the message says why.
 */
export async function readTransportStream(
  bytes: Buffer,
  segmentIndex: number,
  earlier: Buffer | undefined,
): Promise<TransportStreamFacts> {
  // It would print what it thinks of a stream, between the lines of a report.
  Logging.level = LogLevel.Silent;
  const open = (source: Buffer, initInput?: Input): Input =>
    new Input({ source: new BufferSource(source), formats: [MPEG_TS], ...(initInput && { initInput }) });
  const init = earlier && open(earlier);
  const input = open(bytes, init);
  try {
    // What it knows is only found where it has been read.
    await init?.getTracks();
    const found = await input.getTracks();
    const main = found.find((track) => track instanceof InputVideoTrack) ?? found[0];
    if (!main) throw new Error('it holds neither picture nor sound');
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

/** Ticks a second of a transport stream's clock. */
const ticksPerSecond = 90_000;

async function factsOf(track: InputTrack): Promise<Omit<TrackFacts, 'isInterlaced'>> {
  const codecString = (await track.getCodecParameterString()) ?? undefined;
  const isVideo = track instanceof InputVideoTrack;
  const channels = track instanceof InputAudioTrack ? await track.getNumberOfChannels() : 0;
  return {
    sampleEntry: codecString?.slice(0, 4) ?? '',
    // Streams have no sample entries: `hev1` is the demuxer's word for HEVC, playlists may say `hvc1`.
    codecString: codecString?.replace(/^hev1/, 'hvc1'),
    kind: isVideo ? 'video' : 'audio',
    width: isVideo ? await track.getCodedWidth() : 0,
    height: isVideo ? await track.getCodedHeight() : 0,
    displayWidth: isVideo ? await track.getSquarePixelWidth() : 0,
    // Frames of AAC do not tell that one coded channel is shown as two.
    channels: channels === 1 ? 0 : channels,
    trackId: track.id,
    timescale: ticksPerSecond,
    nalLengthBytes: undefined,
    transfer: undefined,
    editMediaTime: 0,
    defaults: { duration: 0, bytes: 0, flags: 0 },
  };
}

/** Goes through the packets of one track, in decoding order. */
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
    const isIdr = this.codec && this.scanForIdr(data);
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
    if (this.frames === 0) throw new Error('it holds no samples');
    const { frames, start, end, maxFrame, startsWithSync, startsWithIdr } = this;
    return {
      startSeconds: start,
      durationSeconds: end - start,
      // The last frame's duration is a guess: there is none in the stream.
      uncertainSeconds: maxFrame,
      frames,
      maxGopSeconds: Math.max(this.maxGop, end - (this.keyFrameAt ?? start)),
      startsWithSync,
      startsWithIdr,
    };
  }

  /** By the first slice of a picture; a sequence parameter set on the way tells of interlacing. */
  private scanForIdr(data: Uint8Array): boolean {
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

/** Enough of one to come to its flags. */
const maxSps = 512;

/** Where NAL units begin, after their start codes (ITU-T H.264 annex B). */
function* nalOffsets(data: Uint8Array): Generator<number> {
  for (let at = data.indexOf(1, 2); at >= 0; at = data.indexOf(1, at + 1)) {
    if (data[at - 1] === 0 && data[at - 2] === 0) yield at + 1;
  }
}
