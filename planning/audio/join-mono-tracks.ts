import type { ProbedStream } from '#planning/source/probe-report.js';

/** Audio of one rendition: a track, or several mono tracks that are its channels. */
export interface JoinedAudio {
  /** The track, or the first of the mono tracks. */
  stream: ProbedStream;
  /** The mono tracks with ffmpeg's names of their channels; undefined for a single track. */
  channelTracks?: { streamIndex: number; channel: string }[];
}

/**
 * Joins uncompressed mono tracks that are channels of the same audio: cameras and editors write one track per
 * channel. Tracks with a declared channel are joined up to the first repeated channel; tracks without one are
 * joined in pairs as left and right (EBU R 123: the mix comes first). Compressed mono tracks are languages or
 * microphones and stay separate.
 */
export function joinMonoTracks(streams: readonly ProbedStream[]): JoinedAudio[] {
  return splitRuns(streams).flatMap((run) => {
    const group = run.some(hasChannel) ? byChannel(run) : pairs(run);
    return group.flatMap((tracks) =>
      tracks.length > 1 ? join(tracks) : [{ stream: tracks[0]?.stream as ProbedStream }],
    );
  });
}

interface Track {
  stream: ProbedStream;
  channel: string;
}

/** Runs of tracks that could be channels of the same audio; any other track is its own run. */
function splitRuns(streams: readonly ProbedStream[]): ProbedStream[][] {
  const runs: ProbedStream[][] = [];
  for (const stream of streams) {
    const run = runs.at(-1);
    if (run?.[0] && isChannel(stream) && isLike(run[0], stream)) run.push(stream);
    else runs.push([stream]);
  }
  return runs;
}

const isChannel = ({ channels, codec_name: codec = '' }: ProbedStream): boolean =>
  channels === 1 && codec.startsWith('pcm_');

const isLike = (one: ProbedStream, other: ProbedStream): boolean =>
  isChannel(one) &&
  one.codec_name === other.codec_name &&
  one.sample_rate === other.sample_rate &&
  one.tags['language'] === other.tags['language'];

/**
 * The declared channel of a mono track. ffprobe prints `mono` both for the centre and for no declared
 * channel.
 */
const channelOf = ({ channel_layout: layout = '' }: ProbedStream): string | undefined =>
  /^1 channels \((\w+)\)$/.exec(layout)?.[1];

const hasChannel = (stream: ProbedStream): boolean => channelOf(stream) !== undefined;

function byChannel(run: readonly ProbedStream[]): Track[][] {
  const groups: Track[][] = [[]];
  for (const stream of run) {
    const channel = channelOf(stream) ?? 'FC';
    if (groups.at(-1)?.some((track) => track.channel === channel)) groups.push([]);
    groups.at(-1)?.push({ stream, channel });
  }
  return groups;
}

function pairs(run: readonly ProbedStream[]): Track[][] {
  const groups: Track[][] = [];
  for (const [index, stream] of run.entries()) {
    if (index % 2 === 0) groups.push([{ stream, channel: 'FL' }]);
    else groups.at(-1)?.push({ stream, channel: 'FR' });
  }
  return groups;
}

/** Joins tracks that include left and right; other combinations stay separate. */
function join(tracks: readonly Track[]): JoinedAudio[] {
  const hasSides = ['FL', 'FR'].every((side) => tracks.some(({ channel }) => channel === side));
  if (!hasSides) return tracks.map(({ stream }) => ({ stream }));
  const [first] = tracks as [Track];
  const channelTracks = tracks.map(({ stream, channel }) => ({ streamIndex: stream.index, channel }));
  return [{ stream: first.stream, channelTracks }];
}
