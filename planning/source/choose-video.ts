import { SourceRefusedError } from '#core/contracts/failure.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import {
  isEncrypted,
  isReadable,
  needsDolbyVision,
  quoteFormatTag,
} from '#planning/source/readable-track.js';

/**
 * Chooses the title's video track: the default one, else the one with the most pixels. Cover art, thumbnails
 * and stills beside a video are never chosen. Throws `no_video` if there is no video track, and `encrypted`,
 * `codec` or `corrupt` if there are only unreadable ones.
 */
export function chooseVideo(report: ProbeReport): ProbedStream {
  const videoTracks = report.streams.filter(
    (stream) =>
      stream.codec_type === 'video' &&
      stream.disposition.attached_pic !== 1 &&
      stream.disposition.timed_thumbnails !== 1 &&
      !isStill(stream),
  );
  if (videoTracks.length === 0) {
    const kinds = report.streams.map(kindOf).join(', ') || 'none';
    throw new SourceRefusedError('no_video', `no video track; the tracks are: ${kinds}`);
  }
  const readable = videoTracks.filter((stream) => isReadable(stream) && pixelCount(stream) > 0);
  const best = withoutStills(readable).sort(
    (a, b) =>
      Number(usesStillCodec(a)) - Number(usesStillCodec(b)) ||
      (b.disposition.default ?? 0) - (a.disposition.default ?? 0) ||
      pixelCount(b) - pixelCount(a) ||
      a.index - b.index,
  )[0];
  if (best) return best;
  throw refusalOf(videoTracks[0] as ProbedStream);
}

const pixelCount = (stream: ProbedStream): number => (stream.width ?? 0) * (stream.height ?? 0);

/**
 * Codecs of still images. A track in one of them is cover art unless its index counts more than one frame:
 * editors also export whole videos in these codecs. Matroska keeps covers in attachments, so a track without
 * a frame count is a video.
 */
const stillCodecs = new Set(['png', 'bmp', 'gif', 'webp', 'tiff']);
const usesStillCodec = ({ codec_name }: ProbedStream): boolean => stillCodecs.has(codec_name ?? '');
const isStill = (stream: ProbedStream): boolean => usesStillCodec(stream) && (stream.nb_frames ?? 2) <= 1;

/**
 * A track with fewer than 1/8 of the frames of another is a still: motion photos keep one beside the video.
 */
const minFrameShare = 1 / 8;

/** Drops stills beside a video. Tracks whose frames the container does not count are kept. */
function withoutStills(videoTracks: readonly ProbedStream[]): ProbedStream[] {
  const max = videoTracks.reduce((frames, { nb_frames = 0 }) => Math.max(frames, nb_frames), 0);
  return videoTracks.filter(({ nb_frames = max }) => nb_frames >= max * minFrameShare);
}

function kindOf(stream: ProbedStream): string {
  if (stream.disposition.attached_pic === 1) return 'cover';
  return isStill(stream) ? 'still picture' : (stream.codec_type ?? 'data');
}

function refusalOf(stream: ProbedStream): SourceRefusedError {
  if (isEncrypted(stream)) return new SourceRefusedError('encrypted', `track ${stream.index} is encrypted`);
  if (needsDolbyVision(stream)) {
    return new SourceRefusedError(
      'codec',
      `track ${stream.index} is Dolby Vision with no base layer for other decoders (compatibility id 0)`,
    );
  }
  if (!isReadable(stream)) {
    return new SourceRefusedError(
      'codec',
      `track ${stream.index} has the unknown format ${quoteFormatTag(stream.codec_tag_string)}`,
    );
  }
  return new SourceRefusedError(
    'corrupt',
    `track ${stream.index} (${stream.codec_name}) declares no frame size`,
  );
}
