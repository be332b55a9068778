import type { HttpBindings } from '@hono/node-server';
import type { Context } from 'hono';

export interface DeliveryEnvironment {
  Bindings: HttpBindings;
}

export type DeliveryContext = Context<DeliveryEnvironment>;
