import type { Truncation } from '#planning/source/timeline.js';
import { type Container, wideProbeOptions } from '#workers/containers/container.js';
import { findTimestampReset } from '#workers/containers/find-timestamp-reset.js';
import type { SourceFile } from '#workers/containers/source-file.js';
import {
  bytesOfBrokenPacket,
  hasSyncBytes,
  transportPackets,
} from '#workers/containers/transport-packets.js';

/** MPEG transport streams (ISO/IEC 13818-1), M2TS included. */
export const mpegTs: Container = {
  demuxer: 'mpegts',
  recognisedBy: 'structure',
  recognises: hasSyncBytes,
  inputOptions: [
    ...wideProbeOptions,
    // By default the demuxer stops after 64 KiB without a packet; disks and recorders leave larger gaps.
    ...['-resync_size', String(2 ** 31 - 1)],
    // A broadcast may change its packet identifiers; its tracks then continue under the new ones.
    ...['-merge_pmt_versions', '1'],
  ],
  seeking: 'scanned',
  mayChangeSampleAspect: true,
  findTruncation,
  encryption: { findTracks: findScrambledTracks, trackNumberOf: ({ id }) => Number(id) },
  findTimestampReset: (file) => findTimestampReset(file, firstPcrs),
};

const tailBytes = 2 ** 18;

async function findTruncation(file: SourceFile): Promise<Truncation | undefined> {
  const bytes = bytesOfBrokenPacket(await file.readTail(tailBytes));
  if (bytes === 0) return undefined;
  const detail = `the file ends at byte ${file.bytes}, after ${bytes} bytes of a transport packet`;
  return { detail, hidesLength: true };
}

const sampleBytes = 2 * 2 ** 20;

/**
 * Returns the packet identifiers (PIDs) with more scrambled than clear packets. Samples the start and the
 * middle of the file, because a broadcast may begin in the clear.
 */
async function findScrambledTracks(file: SourceFile): Promise<ReadonlySet<number>> {
  const balance = new Map<number, number>();
  for (const offset of new Set([0, Math.floor(file.bytes / 2)])) {
    for (const packet of transportPackets(await file.readAt(offset, sampleBytes))) {
      const { packetId, isScrambled, hasPayload } = packet;
      if (hasPayload) balance.set(packetId, (balance.get(packetId) ?? 0) + (isScrambled ? 1 : -1));
    }
  }
  return new Set([...balance].filter(([, count]) => count > 0).map(([packetId]) => packetId));
}

/** 2.4.3.5: the first program clock reference (PCR) in each PID that carries them, in seconds. */
function firstPcrs(bytes: Buffer): ReadonlyMap<number, number> {
  const found = new Map<number, number>();
  for (const { packetId, adaptation } of transportPackets(bytes)) {
    const hasPcr = adaptation.length >= 7 && ((adaptation[0] ?? 0) & 0x10) !== 0;
    if (!hasPcr || found.has(packetId)) continue;
    // 33 bits that count at 90 kHz.
    found.set(packetId, (adaptation.readUInt32BE(1) * 2 + ((adaptation[5] ?? 0) >> 7)) / 90_000);
  }
  return found;
}
