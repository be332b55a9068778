import type {
  Answer,
  LoadedPresentation,
  Transport,
} from '#core/hls/check/presentation/loaded-presentation.js';
import { type Finding, finding } from '#core/hls/check/rules/finding.js';

/** RFC 8216 4: the types that a server MUST use; names with `x-` are obsolete. */
const properPlaylistTypes = new Set(['application/vnd.apple.mpegurl', 'audio/mpegurl']);
/** Types that Apple's authoring specification recommends (10.4). It also allows text/plain for WebVTT. */
const mediaTypes =
  /^(video\/(mp4|mp2t|iso\.segment)|audio\/(mp4|aac|mpeg|ac3|eac3)|text\/vtt|application\/mp4)$/;
const subtitlePath = /\.(vtt|webvtt)$/i;

/** Checks rules 8 and 9: delivery and availability of resources. */
export function* checkAnswers({
  uri: root,
  answers,
  differingCopies,
}: LoadedPresentation): Generator<Finding> {
  for (const answer of answers) {
    yield* checkAvailable(answer);
    if (answer.role === 'steering') continue;
    // Redirecting the entry address is how services send a player to its playlist.
    if (answer.uri !== root) yield* checkRedirects(answer);
    if (answer.transport) yield* checkTransport(answer, answer.transport);
  }
  for (const { uri, referenceUri } of differingCopies) {
    yield finding('9.3', uri, `the playlist of this pathway differs from ${referenceUri}`);
  }
}

function* checkAvailable({ uri, label, status, error }: Answer): Generator<Finding> {
  if (status === undefined) {
    yield finding('9.1', uri, `${label} does not respond: ${error ?? 'the reason is unknown'}`);
  } else if (status !== 200 && status !== 206) {
    yield finding('9.1', uri, `${label} responds with status ${status}`);
  } else if (error !== undefined) {
    yield finding('9.2', uri, `${label} is incomplete or invalid: ${error}`);
  }
}

function* checkRedirects({ uri, label, transport }: Answer): Generator<Finding> {
  if (!transport || transport.redirects.length === 0) return;
  yield finding('8.4', uri, `${label} is redirected to ${transport.redirects.join(', then to ')}`);
}

function* checkTransport({ uri, label, role, status }: Answer, transport: Transport): Generator<Finding> {
  const { contentType, contentEncoding } = transport;
  if (status !== 200 && status !== 206) return;
  const type = contentType?.split(';')[0]?.trim().toLowerCase() ?? 'no MIME type';
  if (role === 'playlist') {
    if (contentEncoding !== 'gzip') {
      yield finding('8.1', uri, `${label} is not gzip-encoded (${contentEncoding ?? 'plain'})`);
    }
    if (!properPlaylistTypes.has(type)) yield* checkPlaylistType(uri, label, type);
  } else if (!mediaTypes.test(type) && !(type === 'text/plain' && subtitlePath.test(pathOf(uri)))) {
    yield finding('8.3', uri, `${label} is served with ${type}`);
  }
}

/** RFC 8216 4: the address or the MIME type must identify a playlist; the type should do so in any case. */
function* checkPlaylistType(uri: string, label: string, type: string): Generator<Finding> {
  if (/\.m3u8?$/.test(pathOf(uri))) {
    yield finding('8.3', uri, `${label} is served with ${type}, not application/vnd.apple.mpegurl`);
  } else {
    yield finding('8.2', uri, `${label} is served with ${type}, and its address does not end in .m3u8`);
  }
}

const pathOf = (uri: string): string => (URL.canParse(uri) ? new URL(uri).pathname : uri);
