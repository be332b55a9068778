import type { ProbedStream } from '#planning/source/probe-report.js';

/** One sound: a track, or mono tracks that are its channels. */
export interface JoinedAudio {
  /** The first of them. */
  stream: ProbedStream;
  /** Where the mono tracks belong, by ffmpeg's names of places; undefined where the sound is one track. */
  channelTracks?: { streamIndex: number; channel: string }[];
}

/**
 * Cameras and editors write every channel as an uncompressed track of its own. Those that tell their places are joined by
 * them, up to the first place that comes again; of those that tell none, each two are left and right (EBU R 123: the mix
 * comes first). Compressed mono tracks are languages and microphones, and stay apart.
 */
export function joinMonoTracks(streams: readonly ProbedStream[]): JoinedAudio[] {
  return neighbours(streams).flatMap((run) => {
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

/** Runs of tracks that could be channels of one sound; any other track is a run of its own. */
function neighbours(streams: readonly ProbedStream[]): ProbedStream[][] {
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

/** ffprobe's name of a single channel with a place; one in the centre is called `mono`, as those without a place are. */
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

/** Without a left and a right there is nothing to put around. */
function join(tracks: readonly Track[]): JoinedAudio[] {
  const hasSides = ['FL', 'FR'].every((side) => tracks.some(({ channel }) => channel === side));
  if (!hasSides) return tracks.map(({ stream }) => ({ stream }));
  const [first] = tracks as [Track];
  const channelTracks = tracks.map(({ stream, channel }) => ({ streamIndex: stream.index, channel }));
  return [{ stream: first.stream, channelTracks }];
}
