import { expect, it } from 'vitest';
import { judgeHealth } from '#delivery/edges/judge-health.js';

it.each([
  { heartbeat: 'fresh', probe: 'alive', health: 'healthy' },
  { heartbeat: 'stale', probe: 'alive', health: 'healthy' },
  { heartbeat: 'unknown', probe: 'alive', health: 'healthy' },
  { heartbeat: 'fresh', probe: 'never', health: 'healthy' },
  { heartbeat: 'unknown', probe: 'never', health: 'healthy' },
  { heartbeat: 'stale', probe: 'never', health: 'down' },
  { heartbeat: 'fresh', probe: 'refused', health: 'suspect' },
  { heartbeat: 'fresh', probe: 'failed', health: 'suspect' },
  { heartbeat: 'stale', probe: 'refused', health: 'down' },
  { heartbeat: 'stale', probe: 'failed', health: 'down' },
  { heartbeat: 'unknown', probe: 'refused', health: 'down' },
  { heartbeat: 'unknown', probe: 'failed', health: 'suspect' },
] as const)('heartbeat $heartbeat and probe $probe mean $health', ({ heartbeat, probe, health }) => {
  expect(judgeHealth({ heartbeat, probe }).health).toBe(health);
});
