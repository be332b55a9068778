import * as HLS from 'hls-parser';
import { messageOf } from '#cli/cli-error.js';
import type { Fetched } from '#cli/job/fetch-from-edge.js';

/** One media playlist that a multivariant playlist names. */
export interface PlaylistReference {
  url: string;
  /** Content steering's pathway; empty where there is one alone. */
  pathwayId: string;
  iframesOnly: boolean;
}

/** Every media playlist of a multivariant playlist, each once. Throws where a strict reader refuses it. */
export function readMultivariant(fetched: Fetched): PlaylistReference[] {
  const playlist = parseStrictly(fetched);
  if (!playlist.isMasterPlaylist) throw new Error(`${fetched.url} is no multivariant playlist`);
  const references = new Map<string, PlaylistReference>();
  const add = (uri: string, pathwayId: string | undefined, iframesOnly: boolean): void => {
    const url = new URL(uri, fetched.url).href;
    references.set(url, { url, pathwayId: pathwayId ?? '', iframesOnly });
  };
  for (const variant of playlist.variants) {
    add(variant.uri, variant.pathwayId, variant.isIFrameOnly === true);
    for (const rendition of [...variant.audio, ...variant.subtitles])
      if (rendition.uri !== undefined) add(rendition.uri, variant.pathwayId, false);
  }
  if (references.size === 0) throw new Error(`${fetched.url} names no media playlist`);
  return [...references.values()];
}

export interface MediaPiece {
  url: string;
  durationSeconds: number;
}

export interface MediaList {
  initUrl: string | undefined;
  targetSeconds: number;
  pieces: MediaPiece[];
}

/** Throws where a strict reader refuses it, or it is no complete VOD playlist. */
export function readMediaPlaylist(fetched: Fetched): MediaList {
  const playlist = parseStrictly(fetched);
  if (playlist.isMasterPlaylist) throw new Error(`${fetched.url} is no media playlist`);
  if (!playlist.endlist) throw new Error(`${fetched.url} has no EXT-X-ENDLIST`);
  if (playlist.segments.length === 0) throw new Error(`${fetched.url} holds no segment`);
  const init = playlist.segments[0]?.map?.uri;
  return {
    initUrl: init === undefined ? undefined : new URL(init, fetched.url).href,
    targetSeconds: playlist.targetDuration,
    pieces: playlist.segments.map((segment) => ({
      url: new URL(segment.uri, fetched.url).href,
      durationSeconds: segment.duration,
    })),
  };
}

function parseStrictly(fetched: Fetched): HLS.types.MasterPlaylist | HLS.types.MediaPlaylist {
  if (!/mpegurl/i.test(fetched.contentType))
    throw new Error(`${fetched.url} is served as "${fetched.contentType}", not as a playlist`);
  HLS.setOptions({ strictMode: true, silent: true });
  try {
    return HLS.parse(fetched.bytes.toString('utf8'));
  } catch (error) {
    throw new Error(`${fetched.url} is not a playlist by the rules: ${messageOf(error)}`, { cause: error });
  }
}
