import type { PublicationId } from '#core/contracts/ids.js';
import {
  type PlaybackGrant,
  type TokenKey,
  type TokenRefusal,
  tokenLeewaySeconds,
  verifyPlaybackToken,
} from '#core/contracts/playback-token.js';
import { BoundedMap } from '#core/runtime/bounded-map.js';

export type Verdict = { ok: true; grant: PlaybackGrant } | { ok: false; refusal: TokenRefusal };

const maxGrants = 50_000;

/** Verifies each token once: a player sends the same one with every request. Refusals are not remembered. */
export class TokenVerifier {
  private readonly grants = new BoundedMap<string, PlaybackGrant>(maxGrants);

  constructor(
    private readonly keys: readonly TokenKey[],
    private readonly now: () => number = Date.now,
  ) {}

  verify(token: string, publicationId: PublicationId): Verdict {
    const nowSeconds = this.now() / 1000;
    const known = this.grants.get(token);
    if (known?.publicationId === publicationId) {
      if (known.expiresAt + tokenLeewaySeconds >= nowSeconds) return { ok: true, grant: known };
      this.grants.delete(token);
    }
    const verdict = verifyPlaybackToken(this.keys, token, publicationId, nowSeconds);
    if (verdict.ok) this.grants.set(token, verdict.grant);
    return verdict;
  }
}
