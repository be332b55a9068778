import { describe, expect, it } from 'vitest';
import type { Heartbeat } from '#core/contracts/heartbeat.js';
import { EdgeRegistry } from '#delivery/edges/edge-registry.js';
import type { ProbeOutcome } from '#delivery/edges/judge-health.js';
import { sampleHeartbeat } from '#fixtures/edge-stand-in.js';

/** A registry whose heartbeats, probe outcomes and time the test sets. */
class Fleet {
  nowMs = 1_000_000;
  redis: Heartbeat[] | 'down' = [];
  readonly probes = new Map<string, ProbeOutcome>();
  readonly registry = new EdgeRegistry({
    readHeartbeats: async () => {
      if (this.redis === 'down') throw new Error('Redis is down');
      return this.redis;
    },
    probe: async (publicUrl) => this.probes.get(publicUrl) ?? 'failed',
    nowMs: () => this.nowMs,
  });

  beat(edgeId: string, overrides: Partial<Heartbeat> = {}): void {
    const others = this.redis === 'down' ? [] : this.redis.filter((other) => other.edgeId !== edgeId);
    const at = new Date(this.nowMs).toISOString();
    this.redis = [...others, sampleHeartbeat(edgeId, { at, ...overrides })];
  }

  /** Advances the time, reading and probing every half second as the service does. */
  async pass(ms: number): Promise<void> {
    const end = this.nowMs + ms;
    do {
      this.nowMs = Math.min(end, this.nowMs + 500);
      await this.registry.readOnce();
      await this.registry.probeOnce();
    } while (this.nowMs < end);
  }

  health(edgeId: string): string | undefined {
    return this.registry.edges.find((edge) => edge.edgeId === edgeId)?.health;
  }
}

describe('EdgeRegistry', () => {
  it('learns of edges from heartbeats', async () => {
    const fleet = new Fleet();
    expect(fleet.registry.isInformed).toBe(false);
    fleet.beat('lon', { sessions: 7, bitsPerSecond: 5e6 });
    await fleet.pass(0);
    expect(fleet.registry.isInformed).toBe(true);
    expect(fleet.registry.edges).toMatchObject([{ edgeId: 'lon', sessions: 7, health: 'healthy' }]);
  });

  it('stops using an edge at the first refused probe, although its heartbeat is fresh', async () => {
    const fleet = new Fleet();
    fleet.beat('lon');
    fleet.probes.set('http://lon.example', 'alive');
    await fleet.pass(0);
    fleet.probes.set('http://lon.example', 'refused');
    await fleet.pass(1_000);
    expect(fleet.health('lon')).toBe('suspect');
    await fleet.pass(2_000);
    expect(fleet.health('lon')).toBe('down');
    fleet.beat('lon');
    fleet.probes.set('http://lon.example', 'alive');
    await fleet.pass(1_000);
    expect(fleet.health('lon')).toBe('healthy');
  });

  it('relies on heartbeats alone, within three seconds, if no probe ever succeeded', async () => {
    const fleet = new Fleet();
    fleet.beat('lon');
    await fleet.pass(0);
    expect(fleet.health('lon')).toBe('healthy');
    await fleet.pass(2_900);
    expect(fleet.health('lon')).toBe('down');
  });

  it('keeps the last known edges, judged by probes, while Redis is down', async () => {
    const fleet = new Fleet();
    for (const edgeId of ['lon', 'par', 'nyc']) fleet.beat(edgeId);
    fleet.probes.set('http://lon.example', 'alive').set('http://par.example', 'alive');
    await fleet.pass(0);
    fleet.redis = 'down';
    fleet.probes.set('http://par.example', 'refused');
    await fleet.pass(60_000);
    expect(fleet.registry.isRedisDown).toBe(true);
    expect([fleet.health('lon'), fleet.health('par'), fleet.health('nyc')]).toEqual([
      'healthy',
      'down',
      'healthy',
    ]);
  });

  it('gives every edge time for one heartbeat when Redis is back', async () => {
    const fleet = new Fleet();
    fleet.beat('lon');
    await fleet.pass(0);
    fleet.redis = 'down';
    await fleet.pass(60_000);
    fleet.redis = [];
    await fleet.pass(1_000);
    expect(fleet.health('lon')).toBe('healthy');
    await fleet.pass(2_500);
    expect(fleet.health('lon')).toBe('down');
  });

  it('does not blame edges for a delay of its own', async () => {
    const fleet = new Fleet();
    fleet.beat('lon');
    await fleet.pass(0);
    fleet.nowMs += 30_000;
    await fleet.registry.readOnce();
    expect(fleet.health('lon')).toBe('healthy');
    await fleet.pass(2_500);
    expect(fleet.health('lon')).toBe('down');
  });

  it('counts its own assignments until the edge counts them', async () => {
    const fleet = new Fleet();
    fleet.beat('lon', { sessions: 10, bitsPerSecond: 30e6 });
    await fleet.pass(0);
    const [lon] = fleet.registry.edges;
    if (!lon) throw new Error('the registry knows no edge');
    for (let session = 0; session < 5; session += 1) fleet.registry.countAssignment(lon);
    expect(lon).toMatchObject({ sessions: 15, bitsPerSecond: 45e6 });
    fleet.nowMs += 1_000;
    fleet.beat('lon', { sessions: 12, bitsPerSecond: 36e6 });
    await fleet.pass(0);
    expect(fleet.registry.edges[0]?.sessions).toBe(17);
    fleet.nowMs += 4_000;
    fleet.beat('lon', { sessions: 15, bitsPerSecond: 45e6 });
    await fleet.pass(0);
    expect(fleet.registry.edges[0]?.sessions).toBe(15);
  });

  it('forgets an edge that stays down, not one that only lost its heartbeat', async () => {
    const fleet = new Fleet();
    fleet.beat('gone');
    fleet.beat('silent');
    fleet.probes.set('http://silent.example', 'alive');
    await fleet.pass(0);
    fleet.redis = [];
    await fleet.pass(11 * 60_000);
    expect(fleet.registry.edges.map(({ edgeId }) => edgeId)).toEqual(['silent']);
  });

  it('judges an edge anew after it comes back at another address', async () => {
    const fleet = new Fleet();
    fleet.beat('lon');
    fleet.probes.set('http://lon.example', 'alive');
    await fleet.pass(0);
    fleet.nowMs += 1_000;
    fleet.beat('lon', { publicUrl: 'http://new.example' });
    await fleet.pass(0);
    expect(fleet.registry.edges).toMatchObject([{ publicUrl: 'http://new.example', health: 'healthy' }]);
  });
});
