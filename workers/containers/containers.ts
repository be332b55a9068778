import { asf } from '#workers/containers/asf.js';
import { avi } from '#workers/containers/avi.js';
import type { Container } from '#workers/containers/container.js';
import { flv } from '#workers/containers/flv.js';
import { matroska } from '#workers/containers/matroska.js';
import { mp4 } from '#workers/containers/mp4.js';
import { mpegPs } from '#workers/containers/mpeg-ps.js';
import { mpegTs } from '#workers/containers/mpeg-ts.js';
import { mxf } from '#workers/containers/mxf.js';
import { ogg } from '#workers/containers/ogg.js';
import { otherContainers } from '#workers/containers/other-containers.js';

/**
 * Every supported container, in the order of detection. MP4 comes first: it begins with a box size, which may
 * equal another format's magic number.
 */
export const containers: readonly Container[] = [
  mp4,
  matroska,
  mpegTs,
  mpegPs,
  avi,
  flv,
  asf,
  mxf,
  ogg,
  ...otherContainers,
];

/** The container that `demuxer` reads. Stored plans may name demuxers that are no longer detected. */
export function containerOf(demuxer: string): Container {
  return (
    containers.find((container) => container.demuxer === demuxer) ?? {
      demuxer,
      recognisedBy: 'magic',
      recognises: () => false,
      seeking: 'none',
    }
  );
}
