import type { PublicationId } from '#core/contracts/ids.js';
import {
  type PlaybackGrant,
  type TokenKey,
  type TokenRefusal,
  tokenLeewaySeconds,
  verifyPlaybackToken,
} from '#core/contracts/playback-token.js';

export type Verdict = { ok: true; grant: PlaybackGrant } | { ok: false; refusal: TokenRefusal };

const keptGrants = 50_000;

/** Verifies tokens, each once: a player sends the same one with every request. Refusals are not remembered. */
export class TokenVerifier {
  private readonly grants = new Map<string, PlaybackGrant>();

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
    if (verdict.ok) this.keep(token, verdict.grant);
    return verdict;
  }

  private keep(token: string, grant: PlaybackGrant): void {
    const oldest = this.grants.keys().next();
    if (this.grants.size >= keptGrants && !oldest.done) this.grants.delete(oldest.value);
    this.grants.set(token, grant);
  }
}
