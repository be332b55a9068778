import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import { ProblemError } from '#core/runtime/problem.js';
import type { ClientRequest } from '#delivery/client/client-request.js';
import type { AddressReader } from '#delivery/client/create-address-reader.js';

export interface DeliveryEnvironment {
  Bindings: HttpBindings;
  Variables: { requestId: string };
}

export type DeliveryContext = Context<DeliveryEnvironment>;

/** Throws 404 for a text that cannot be a title's id: there is no such title. */
export function requireTitleId(text: string | undefined): TitleId {
  const parsed = titleIdSchema.safeParse(text);
  if (parsed.success) return parsed.data;
  throw new ProblemError(404, 'unknown-title', 'There is no such title here: the id is not a title id.');
}

/** Node's own header table: every header once, names in lower case, no Headers object built for it. */
export function readClientRequest(context: DeliveryContext, readAddress: AddressReader): ClientRequest {
  const { incoming } = context.env;
  return {
    address: readAddress(incoming),
    header: (name) => {
      const value = incoming.headers[name];
      return Array.isArray(value) ? value.join(',') : value;
    },
    query: (name) => context.req.query(name),
  };
}
