import { BoundedMap } from '#core/runtime/bounded-map.js';
import type { Logger } from '#core/runtime/log.js';

const maxRemembered = 1_000;

/** Logs each damaged object once per process, however often it is read, and again if the damage changes. */
export class DamageLog {
  private readonly logged = new BoundedMap<string, string>(maxRemembered);

  constructor(private readonly log: Pick<Logger, 'error'>) {}

  /** `message` names the object and the damage. */
  note(key: string, message: string, fields: object = {}): void {
    if (this.logged.get(key) === message) return;
    this.logged.set(key, message);
    this.log.error({ key, ...fields }, `damaged in storage: ${message}`);
  }

  /** The object was read whole again: new damage is logged anew. */
  forget(key: string): void {
    this.logged.delete(key);
  }
}
