import { SourceRefusedError } from '#core/contracts/failure.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';

const pixels = (stream: ProbedStream): number => (stream.width ?? 0) * (stream.height ?? 0);

/**
 * Codecs of still pictures: one of these beside sound is cover art even where nothing says so. Editors also export films
 * in them, which an index with more than one frame shows; in Matroska, covers are no tracks.
 */
const stillCodecs = new Set(['png', 'bmp', 'gif', 'webp', 'tiff']);
const isOfStills = ({ codec_name }: ProbedStream): boolean => stillCodecs.has(codec_name ?? '');
const isStill = (stream: ProbedStream): boolean => isOfStills(stream) && (stream.nb_frames ?? 2) <= 1;

/** Motion photos hold a film and, in a larger track, a frame or two of it. */
const framesBeside = 8;

/** Those that are no stills beside a film, where the container counts their frames. */
function moving(videoTracks: readonly ProbedStream[]): ProbedStream[] {
  const max = videoTracks.reduce((frames, { nb_frames = 0 }) => Math.max(frames, nb_frames), 0);
  return videoTracks.filter(({ nb_frames = max }) => nb_frames * framesBeside >= max);
}

/**
 * The film's picture: the default stream, else the largest; never cover art, nor a still beside a film. Throws `no_video` where there is none and
 * `encrypted` or `codec` where there is one that cannot be read.
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
    const what = report.streams.map(kindOf).join(', ') || 'no track at all';
    throw new SourceRefusedError('no_video', `the tracks are: ${what}`);
  }
  const readable = videoTracks.filter((stream) => isReadable(stream) && pixels(stream) > 0);
  const best = moving(readable).sort(
    (a, b) =>
      Number(isOfStills(a)) - Number(isOfStills(b)) ||
      (b.disposition.default ?? 0) - (a.disposition.default ?? 0) ||
      pixels(b) - pixels(a) ||
      a.index - b.index,
  )[0];
  if (best) return best;
  throw refusalOf(videoTracks[0] as ProbedStream);
}

function kindOf(stream: ProbedStream): string {
  if (stream.disposition.attached_pic === 1) return 'cover';
  return isStill(stream) ? 'still picture' : (stream.codec_type ?? 'data');
}

function isEncrypted(stream: ProbedStream): boolean {
  return (
    stream.isProtected || stream.side_data_list.some((data) => /encryption/i.test(data.side_data_type ?? ''))
  );
}

/**
 * Dolby Vision whose base layer is nothing without its metadata (profile 5: compatibility id 0, colours in IPT): decoders
 * give a green and purple picture. Every other profile's base layer is HDR10, HLG or SDR.
 */
function needsDolbyVision(stream: ProbedStream): boolean {
  return stream.side_data_list.some(
    (data) =>
      data.side_data_type === 'DOVI configuration record' &&
      data.dv_bl_signal_compatibility_id === 0 &&
      (data.dv_profile === 5 || data.dv_profile === 10),
  );
}

function isReadable(stream: ProbedStream): boolean {
  return (
    !isEncrypted(stream) &&
    !needsDolbyVision(stream) &&
    stream.codec_name !== undefined &&
    !['unknown', 'none'].includes(stream.codec_name)
  );
}

const formatTag = (tag = ''): string => `"${tag.replaceAll(/[^\x20-\x7e]/g, '?')}"`;

function refusalOf(stream: ProbedStream): SourceRefusedError {
  if (isEncrypted(stream)) return new SourceRefusedError('encrypted', `track ${stream.index} is encrypted`);
  if (needsDolbyVision(stream)) {
    return new SourceRefusedError(
      'codec',
      `track ${stream.index} is Dolby Vision without a base layer that others can show (compatibility id 0)`,
    );
  }
  if (!isReadable(stream)) {
    return new SourceRefusedError(
      'codec',
      `track ${stream.index} has the unknown format ${formatTag(stream.codec_tag_string)}`,
    );
  }
  return new SourceRefusedError(
    'corrupt',
    `track ${stream.index} (${stream.codec_name}) does not say its picture size`,
  );
}

export interface ChosenAudio {
  /** What can be decoded, in the file's order; none where the film is to be silent. */
  streams: ProbedStream[];
  /** The others, a sentence each. */
  leftOut: string[];
}

/**
 * Sound tracks of the picture's program, those that can be decoded. Throws `encrypted` or `codec` where the film has sound and nobody here can hear any of it:
 * it would be published mute. A track that holds nothing, or does not even say what it holds, is no sound.
 */
export function chooseAudio(report: ProbeReport, video: ProbedStream): ChosenAudio {
  const tracks = report.streams.filter(
    (stream) => stream.codec_type === 'audio' && !isOfOtherProgram(stream, video, report),
  );
  const streams = tracks.filter((stream) => isReadableAudio(stream) && (stream.channels ?? 0) > 0);
  const others = tracks.filter((stream) => !streams.includes(stream));
  const unheard = others.find((stream) => saysItsFormat(stream) && !isReadableAudio(stream));
  if (streams.length === 0 && unheard) throw audioRefusalOf(unheard);
  return { streams, leftOut: others.map(sayWhyLeftOut) };
}

/** A broadcast of several programs is several films; a track that belongs to none is everyone's. */
function isOfOtherProgram(audio: ProbedStream, video: ProbedStream, { programs }: ProbeReport): boolean {
  const [ofAudio, ofVideo] = [audio, video].map(({ index }) =>
    programs.filter(({ streams }) => streams.some((stream) => stream.index === index)),
  ) as [ProbeReport['programs'], ProbeReport['programs']];
  return ofAudio.length > 0 && ofVideo.length > 0 && !ofAudio.some((one) => ofVideo.includes(one));
}

const isReadableAudio = (stream: ProbedStream): boolean =>
  isReadable(stream) &&
  stream.sample_fmt !== undefined &&
  stream.sample_fmt !== 'unknown' &&
  (stream.channels ?? 0) <= maxChannels;

/** More than that ffmpeg cannot mix. */
const maxChannels = 64;

/** A four-character code, or channels from the container's own header. */
const saysItsFormat = ({ channels = 0, codec_tag_string: tag = '' }: ProbedStream): boolean =>
  channels > 0 || /^[\x20-\x7e]{4}$/.test(tag);

function audioFormat({
  codec_name: name = 'unknown',
  codec_tag_string: tag,
  channels = 0,
}: ProbedStream): string {
  const format = name === 'unknown' ? formatTag(tag) : `"${name}"`;
  return channels > maxChannels ? `${format} with ${channels} channels` : format;
}

function audioRefusalOf(stream: ProbedStream): SourceRefusedError {
  if (isEncrypted(stream)) return new SourceRefusedError('encrypted', `track ${stream.index} is encrypted`);
  return new SourceRefusedError(
    'codec',
    `the sound of track ${stream.index} has the format ${audioFormat(stream)}`,
  );
}

function sayWhyLeftOut(stream: ProbedStream): string {
  const track = `sound track ${stream.index} is left out`;
  if (isEncrypted(stream)) return `${track}: it is encrypted`;
  if (saysItsFormat(stream) && !isReadableAudio(stream))
    return `${track}: its format, ${audioFormat(stream)}, cannot be decoded`;
  return `${track}: nothing in it can be heard`;
}
