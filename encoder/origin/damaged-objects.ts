import { mediaPrefix } from '#core/contracts/publication-layout.js';
import { checkDigest } from '#core/isobmff/digest-box.js';
import type { Logger } from '#core/runtime/log.js';
import { ifFound, type ObjectStore } from '#core/storage/object-store.js';
import type { OriginMetrics } from '#encoder/origin/origin-metrics.js';

export interface DamagedObjectsParts {
  store: Pick<ObjectStore, 'read' | 'put' | 'delete'>;
  metrics: Pick<OriginMetrics, 'damage'>;
  log: Pick<Logger, 'warn' | 'error'>;
}

/** Whether objects of this key end with a digest. */
export function hasDigestOf(key: string): boolean {
  return key.endsWith('.m4s') || key.endsWith('.mp4');
}

/**
 * Key of the copy of a damaged object, inside its publication so that it is deleted with it. Its extension
 * keeps it from being served.
 */
function damagedCopyKey(key: string): string {
  const [publicationId = '', ...path] = key.slice(mediaPrefix.length).split('/');
  return `${mediaPrefix}${publicationId}/damaged/${path.join('/')}.damaged`;
}

/** Takes objects that do not match their digest out of the publication, so that they are made again. */
export class DamagedObjects {
  constructor(private readonly parts: DamagedObjectsParts) {}

  /**
   * Reads a mismatching object once more. Resolves to its bytes if they match now, else moves it aside and
   * resolves to undefined. Another origin may have replaced it meanwhile, which the second read finds.
   */
  async readAgain(key: string): Promise<{ etag: string; bytes: Buffer } | undefined> {
    const { store, metrics, log } = this.parts;
    const again = await ifFound(store.read(key));
    if (!again) return undefined;
    if (checkDigest(again.bytes) !== 'mismatch') {
      metrics.damage.inc({ kind: 'misread' });
      log.warn({ key }, 'an object did not match its digest when it was read, but did when read again');
      return { etag: again.head.etag, bytes: again.bytes };
    }
    const copy = damagedCopyKey(key);
    // The copy goes first: whatever happens after it, nothing is lost.
    await store.put(copy, again.bytes);
    await store.delete(key);
    metrics.damage.inc({ kind: 'changed' });
    log.error({ key, copy }, 'an object does not match its digest: it is moved aside and made again');
    return undefined;
  }
}
