import type { TitleRecord } from '#core/contracts/title.js';
import type { TitleResource } from '#core/contracts/title-resource.js';
import type { SegmentCounts } from '#core/titles/title-progress.js';

/**
 * Returns a title as the API shows it. `deliveryUrl` is delivery's public base URL without a trailing slash.
 */
export function toTitleResource(
  record: TitleRecord,
  progress: SegmentCounts,
  deliveryUrl: string,
): TitleResource {
  const { schemaVersion: _version, source, ...shown } = record;
  const plays = record.state === 'playable' || record.state === 'ready';
  return {
    ...shown,
    source: { fileName: source.fileName, bytes: source.bytes },
    progress,
    pageUrl: `${deliveryUrl}/watch/${record.titleId}`,
    ...(plays ? { playlistUrl: `${deliveryUrl}/play/${record.titleId}.m3u8` } : {}),
  };
}
