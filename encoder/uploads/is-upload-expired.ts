import type { TitleRecord } from '#core/contracts/title.js';

/** Lifetime of an unfinished upload, from its creation. The reconciler deletes it afterwards. */
export const uploadLifeMs = 24 * 3600 * 1000;

export function isUploadExpired(record: TitleRecord, nowMs: number): boolean {
  return record.state === 'uploading' && nowMs > Date.parse(record.createdAt) + uploadLifeMs;
}
