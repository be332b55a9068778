import { asf } from '#workers/containers/asf.js';
import { avi } from '#workers/containers/avi.js';
import { type Container, hasMagic } from '#workers/containers/container.js';
import { flv } from '#workers/containers/flv.js';
import { matroska } from '#workers/containers/matroska.js';
import { mp4 } from '#workers/containers/mp4.js';
import { mpegPs } from '#workers/containers/mpeg-ps.js';
import { mpegTs } from '#workers/containers/mpeg-ts.js';
import { mxf } from '#workers/containers/mxf.js';
import { ogg } from '#workers/containers/ogg.js';

/** Containers known by their magic number only. They are read from the start and not checked further. */
const otherContainers: readonly Container[] = [
  plainContainer('ivf', 'DKIF'),
  plainContainer('yuv4mpegpipe', 'YUV4MPEG2 '),
  plainContainer('rm', '.RMF'),
  plainContainer('mpegvideo', '\x00\x00\x01\xb3'),
  // DIF header blocks of 60-field and of 50-field systems (SMPTE ST 314 5.2.1).
  plainContainer('dv', '\x1f\x07\x00\x3f', '\x1f\x07\x00\xbf'),
  plainContainer('nut', 'nut/multimedia container\x00'),
];

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

function plainContainer(demuxer: string, ...magic: readonly string[]): Container {
  return {
    demuxer,
    recognisedBy: 'magic',
    recognises: (head) => hasMagic(head, 0, ...magic),
    seeking: 'none',
  };
}
