/** Returns a header by its lower-case name. */
export type HeaderReader = (name: string) => string | undefined;

/** What describing a client reads of an HTTP request. */
export interface ClientRequest {
  address: string;
  header: HeaderReader;
  query: (name: string) => string | undefined;
}
