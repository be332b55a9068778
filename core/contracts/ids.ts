import { uuidv7 } from 'uuidv7';
import { z } from 'zod';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
const PUBLICATION = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}-g[1-9][0-9]{0,5}$/;

/** A title's id: a UUIDv7, so ids sort by creation time and a listing of storage is already in order. */
export const titleIdSchema = z.string().regex(UUID, 'not a title id').brand('TitleId');
export type TitleId = z.infer<typeof titleIdSchema>;

/** `{titleId}-g{generation}`: derived, so attempts at one generation share one publication (invariant I4). */
export const publicationIdSchema = z
  .string()
  .regex(PUBLICATION, 'not a publication id')
  .brand('PublicationId');
export type PublicationId = z.infer<typeof publicationIdSchema>;

export function createTitleId(): TitleId {
  return titleIdSchema.parse(uuidv7());
}

/** When the id was made: the first 48 bits of a UUIDv7 are milliseconds since 1970 (RFC 9562 5.7). */
export function createdAtOf(titleId: TitleId): Date {
  return new Date(Number.parseInt(titleId.replaceAll('-', '').slice(0, 12), 16));
}

/** `generation` counts the encodes of one title, from 1. */
export function publicationIdOf(titleId: TitleId, generation: number): PublicationId {
  return publicationIdSchema.parse(`${titleId}-g${generation}`);
}

export function titleIdOf(publicationId: PublicationId): TitleId {
  return titleIdSchema.parse(publicationId.slice(0, publicationId.lastIndexOf('-g')));
}
