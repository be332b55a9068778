import { type CacheOutcome, cacheOutcomes } from '#web/telemetry/read-cache-status.js';
import type { Trouble } from '#web/words/trouble.js';

/** A video rendition as the playlist declares it. */
export interface RenditionChoice {
  /** The player's index, used to choose the rendition. */
  index: number;
  width: number;
  height: number;
  codec: string;
  bitsPerSecond: number;
  framesPerSecond: number;
}

export interface SegmentRecord {
  atMs: number;
  kind: 'video' | 'audio';
  /** `h264-720` or `en-2`, read from the URL. */
  renditionId: string;
  segmentIndex: number | undefined;
  bytes: number;
  /** Time from the request to the last byte. */
  elapsedMs: number;
  /** Host and port that served it. */
  host: string;
  pathwayId: string | undefined;
  outcome: CacheOutcome;
}

export interface Sample {
  atMs: number;
  /** The player's estimate; undefined before its first measurement. */
  throughputBitsPerSecond: number | undefined;
  bufferSeconds: number;
  /** Declared bit rate of the rendition on screen. */
  renditionBitsPerSecond: number | undefined;
  droppedFrames: number;
  shownFrames: number;
}

interface PathwaySwitch {
  atMs: number;
  from: string;
  to: string;
}

/** Everything that the panel beside the player shows. Only `reduceTelemetry` changes it. */
export interface Telemetry {
  engine: 'hls.js' | 'native' | undefined;
  renditions: readonly RenditionChoice[];
  /** Index of the rendition on screen. */
  playing: number | undefined;
  renditionSwitches: number;
  audio: { name: string; codec: string } | undefined;
  edge: { host: string; pathwayId: string | undefined } | undefined;
  /** The latest order of pathways, best first; empty without content steering. */
  pathwayPriority: readonly string[];
  pathwaySwitches: readonly PathwaySwitch[];
  /** Newest last, at most `keptSegments`. */
  segments: readonly SegmentRecord[];
  outcomes: Readonly<Record<CacheOutcome, number>>;
  receivedBytes: number;
  /** The last minute, oldest first. */
  samples: readonly Sample[];
  stalls: number;
  /** Time from the request for the playlist to the first frame. */
  startupMs: number | undefined;
  /** Why playback has stopped; undefined while it runs. */
  fatal: Trouble | undefined;
}

export type TelemetryEvent =
  | { type: 'started'; engine: 'hls.js' | 'native' }
  | { type: 'renditions'; renditions: readonly RenditionChoice[] }
  | { type: 'rendition'; index: number }
  | { type: 'audio'; name: string; codec: string }
  | { type: 'steering'; priority: readonly string[] }
  | { type: 'segment'; segment: SegmentRecord }
  | { type: 'sample'; sample: Sample }
  | { type: 'stall' }
  | { type: 'first-frame'; startupMs: number }
  | { type: 'fatal'; trouble: Trouble };

export const keptSegments = 12;
export const windowMs = 60_000;
const keptSwitches = 20;

export function emptyTelemetry(): Telemetry {
  return {
    engine: undefined,
    renditions: [],
    playing: undefined,
    renditionSwitches: 0,
    audio: undefined,
    edge: undefined,
    pathwayPriority: [],
    pathwaySwitches: [],
    segments: [],
    outcomes: Object.fromEntries(cacheOutcomes.map((outcome) => [outcome, 0])) as Record<
      CacheOutcome,
      number
    >,
    receivedBytes: 0,
    samples: [],
    stalls: 0,
    startupMs: undefined,
    fatal: undefined,
  };
}

export function reduceTelemetry(state: Telemetry, event: TelemetryEvent): Telemetry {
  switch (event.type) {
    case 'started':
      return { ...emptyTelemetry(), engine: event.engine };
    case 'renditions':
      return { ...state, renditions: event.renditions };
    case 'rendition':
      return playRendition(state, event.index);
    case 'audio':
      return { ...state, audio: { name: event.name, codec: event.codec } };
    case 'steering':
      return { ...state, pathwayPriority: event.priority };
    case 'segment':
      return addSegment(state, event.segment);
    case 'sample':
      return addSample(state, event.sample);
    case 'stall':
      return { ...state, stalls: state.stalls + 1 };
    case 'first-frame':
      return state.startupMs === undefined ? { ...state, startupMs: event.startupMs } : state;
    case 'fatal':
      break;
  }
  return { ...state, fatal: event.trouble };
}

function playRendition(state: Telemetry, index: number): Telemetry {
  const switched = state.playing !== undefined && state.playing !== index;
  return { ...state, playing: index, renditionSwitches: state.renditionSwitches + (switched ? 1 : 0) };
}

function addSegment(state: Telemetry, segment: SegmentRecord): Telemetry {
  const counted = {
    ...state,
    segments: [...state.segments, segment].slice(-keptSegments),
    outcomes: { ...state.outcomes, [segment.outcome]: state.outcomes[segment.outcome] + 1 },
    receivedBytes: state.receivedBytes + segment.bytes,
  };
  // After a switch, audio may come from the other pathway for a moment. The panel shows the video's edge.
  return segment.kind === 'video' ? followEdge(counted, segment) : counted;
}

function followEdge(state: Telemetry, segment: SegmentRecord): Telemetry {
  const edge = { host: segment.host, pathwayId: segment.pathwayId };
  const before = state.edge;
  if (!before || before.host === edge.host) return { ...state, edge };
  const pathwaySwitch = { atMs: segment.atMs, from: nameOf(before), to: nameOf(edge) };
  return { ...state, edge, pathwaySwitches: [...state.pathwaySwitches, pathwaySwitch].slice(-keptSwitches) };
}

function nameOf(edge: { host: string; pathwayId: string | undefined }): string {
  return edge.pathwayId ?? edge.host;
}

function addSample(state: Telemetry, sample: Sample): Telemetry {
  const oldest = sample.atMs - windowMs;
  return { ...state, samples: [...state.samples.filter((kept) => kept.atMs >= oldest), sample] };
}

/** Counts answers that the edge had and answers that it had to fetch. Ignores unknown outcomes. */
export function tallyOutcomes(outcomes: Telemetry['outcomes']): { served: number; fetched: number } {
  return {
    served: outcomes.hit + outcomes.stale + outcomes.revalidated,
    fetched: outcomes.miss + outcomes.collapsed,
  };
}
