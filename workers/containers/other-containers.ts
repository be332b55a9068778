import type { Container } from '#workers/containers/container.js';
import { hasMagic } from '#workers/containers/has-magic.js';

/** Containers known by their magic number only. They are read from the start and not checked further. */
export const otherContainers: readonly Container[] = [
  plainContainer('ivf', 'DKIF'),
  plainContainer('yuv4mpegpipe', 'YUV4MPEG2 '),
  plainContainer('rm', '.RMF'),
  plainContainer('mpegvideo', '\x00\x00\x01\xb3'),
  // DIF header blocks of 60-field and of 50-field systems (SMPTE ST 314 5.2.1).
  plainContainer('dv', '\x1f\x07\x00\x3f', '\x1f\x07\x00\xbf'),
  plainContainer('nut', 'nut/multimedia container\x00'),
];

function plainContainer(demuxer: string, ...magic: readonly string[]): Container {
  return {
    demuxer,
    recognisedBy: 'magic',
    recognises: (head) => hasMagic(head, 0, ...magic),
    seeking: 'none',
  };
}
