import { SourceRefusedError } from '#core/contracts/failure.js';
import type { ProbedStream, ProbeReport } from '#planning/source/probe-report.js';
import { isEncrypted, isReadable, quoteFormatTag } from '#planning/source/readable-track.js';

export interface ChosenAudio {
  /** Decodable tracks in the file's order; empty if the title is to be silent. */
  streams: ProbedStream[];
  /** The other tracks, one sentence each. */
  leftOut: string[];
}

/**
 * Chooses the decodable audio tracks of the video's program. Throws `encrypted` or `codec` if the source has
 * audio but none of it can be decoded: the title would be published without its audio. Tracks that are empty
 * or declare no format do not count as audio.
 */
export function chooseAudio(report: ProbeReport, video: ProbedStream): ChosenAudio {
  const tracks = report.streams.filter(
    (stream) => stream.codec_type === 'audio' && !isOfOtherProgram(stream, video, report),
  );
  const streams = tracks.filter((stream) => isReadableAudio(stream) && (stream.channels ?? 0) > 0);
  const others = tracks.filter((stream) => !streams.includes(stream));
  const undecodable = others.find((stream) => declaresFormat(stream) && !isReadableAudio(stream));
  if (streams.length === 0 && undecodable) throw refusalOf(undecodable);
  return { streams, leftOut: others.map(explainLeftOut) };
}

/** The programs of a broadcast are separate titles. A track that belongs to no program belongs to all. */
function isOfOtherProgram(audio: ProbedStream, video: ProbedStream, { programs }: ProbeReport): boolean {
  const [ofAudio, ofVideo] = [audio, video].map(({ index }) =>
    programs.filter(({ streams }) => streams.some((stream) => stream.index === index)),
  ) as [ProbeReport['programs'], ProbeReport['programs']];
  return ofAudio.length > 0 && ofVideo.length > 0 && !ofAudio.some((one) => ofVideo.includes(one));
}

/** The limit of ffmpeg's mixer. */
const maxChannels = 64;

const isReadableAudio = (stream: ProbedStream): boolean =>
  isReadable(stream) &&
  stream.sample_fmt !== undefined &&
  stream.sample_fmt !== 'unknown' &&
  (stream.channels ?? 0) <= maxChannels;

/** Whether the container's header names a four-character code or a number of channels. */
const declaresFormat = ({ channels = 0, codec_tag_string: tag = '' }: ProbedStream): boolean =>
  channels > 0 || /^[\x20-\x7e]{4}$/.test(tag);

function formatOf({
  codec_name: name = 'unknown',
  codec_tag_string: tag,
  channels = 0,
}: ProbedStream): string {
  const format = name === 'unknown' ? quoteFormatTag(tag) : `"${name}"`;
  return channels > maxChannels ? `${format} with ${channels} channels` : format;
}

function refusalOf(stream: ProbedStream): SourceRefusedError {
  if (isEncrypted(stream)) return new SourceRefusedError('encrypted', `track ${stream.index} is encrypted`);
  return new SourceRefusedError(
    'codec',
    `audio track ${stream.index} has the format ${formatOf(stream)}, which cannot be decoded`,
  );
}

function explainLeftOut(stream: ProbedStream): string {
  const track = `Audio track ${stream.index} is left out`;
  if (isEncrypted(stream)) return `${track}: it is encrypted`;
  if (declaresFormat(stream) && !isReadableAudio(stream))
    return `${track}: its format, ${formatOf(stream)}, cannot be decoded`;
  return `${track}: it holds no audio`;
}
