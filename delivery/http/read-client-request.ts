import type { ClientRequest } from '#delivery/client/client-request.js';
import type { AddressReader } from '#delivery/client/create-address-reader.js';
import type { DeliveryContext } from '#delivery/http/delivery-context.js';

/** Reads headers from Node's own table: lower-case names, each once, without building a Headers object. */
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
