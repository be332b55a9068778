import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { uuidv7 } from 'uuidv7';
import { z } from 'zod';
import { findJsonVersion } from '#core/storage/json-document.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putIf } from '#core/storage/put-once.js';

/** In ascending order: every scope includes those before it. */
const scopes = ['read', 'write', 'admin'] as const;
export type Scope = (typeof scopes)[number];

const storedKeySchema = z.object({
  keyId: z.string(),
  /** SHA-256 of the key, in hex. Keys are 256 random bits, so a slow hash would add nothing. */
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
  scopes: z.array(z.enum(scopes)),
  createdAt: z.iso.datetime(),
});
const keyFileSchema = z.object({ schemaVersion: z.literal(1), keys: z.array(storedKeySchema) });
export type StoredKey = z.infer<typeof storedKeySchema>;

export const apiKeysKey = 'system/api-keys.json';
/** How long a replica uses the keys it has read: a new or removed key takes effect after this time. */
const freshMs = 5_000;
const maxRounds = 10;

export function allows(key: StoredKey, scope: Scope): boolean {
  return key.scopes.some((held) => scopes.indexOf(held) >= scopes.indexOf(scope));
}

/** API keys. Object storage holds only their hashes. */
export class ApiKeys {
  private cached: { keys: readonly StoredKey[]; until: number } | undefined;

  constructor(
    private readonly store: ObjectStore,
    private readonly nowMs: () => number = Date.now,
  ) {}

  /** Finds the stored key for `presented`, compared in constant time with every stored hash. */
  async find(presented: string): Promise<StoredKey | undefined> {
    const digest = sha256(presented);
    let found: StoredKey | undefined;
    for (const key of await this.keys())
      if (timingSafeEqual(digest, Buffer.from(key.sha256, 'hex'))) found = key;
    return found;
  }

  /**
   * Makes sure that a key exists. Stores `bootstrap` if it is given. Otherwise, if no key is stored, creates
   * one and returns it: this is the only time it can be shown. Of several concurrent first starts, one
   * creates the key.
   */
  async ensureFirst(bootstrap: string | undefined): Promise<string | undefined> {
    for (let round = 0; round < maxRounds; round += 1) {
      const stored = await this.readFile();
      const isKnown = bootstrap !== undefined && stored.keys.some((key) => key.sha256 === hex(bootstrap));
      if (isKnown || (bootstrap === undefined && stored.keys.length > 0)) return undefined;
      const made = bootstrap ?? `mr_${randomBytes(32).toString('base64url')}`;
      if (await this.tryWrite([...stored.keys, newKey(made)], stored.etag))
        return bootstrap === undefined ? made : undefined;
    }
    throw new Error(`${apiKeysKey} kept changing: start again`);
  }

  private async keys(): Promise<readonly StoredKey[]> {
    if (this.cached && this.nowMs() < this.cached.until) return this.cached.keys;
    try {
      const { keys } = await this.readFile();
      this.cached = { keys, until: this.nowMs() + freshMs };
    } catch (error) {
      // While storage is unavailable, the last known keys still work instead of locking everybody out.
      if (!this.cached) throw error;
    }
    return this.cached.keys;
  }

  private async readFile(): Promise<{ keys: StoredKey[]; etag: string | undefined }> {
    const stored = await findJsonVersion(this.store, apiKeysKey, keyFileSchema);
    return { keys: stored?.value.keys ?? [], etag: stored?.etag };
  }

  private async tryWrite(keys: StoredKey[], etag: string | undefined): Promise<boolean> {
    const body = Buffer.from(JSON.stringify({ schemaVersion: 1, keys }));
    const condition = etag === undefined ? ('absent' as const) : { etag };
    const won = await putIf(this.store, apiKeysKey, body, { contentType: 'application/json', condition });
    if (won) this.cached = undefined;
    return won;
  }
}

function newKey(key: string): StoredKey {
  return {
    keyId: uuidv7(),
    sha256: hex(key),
    scopes: ['admin'],
    createdAt: new Date().toISOString(),
  };
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}

function hex(text: string): string {
  return sha256(text).toString('hex');
}
