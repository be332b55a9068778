import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EdgeState } from '#delivery/choose/edge-state.js';

export interface DeliveryMetrics {
  /** Edges known, by health; read at scrape time. */
  edges: Gauge<'health'>;
  /** Answers to `/play`, by how they ended. */
  plays: Counter<'result'>;
  /** First edges of new sessions, by why they were chosen. */
  assignments: Counter<'edge' | 'reason'>;
  decisionSeconds: Histogram;
  steering: Counter<'result'>;
}

export function createDeliveryMetrics(
  registry: Registry,
  edges: () => readonly EdgeState[],
): DeliveryMetrics {
  const registers = [registry];
  return {
    edges: new Gauge({
      name: 'millrace_delivery_edges',
      help: 'Edges known, by health as delivery sees it.',
      labelNames: ['health'],
      registers,
      collect() {
        for (const health of ['healthy', 'suspect', 'down'] as const)
          this.set({ health }, edges().filter((edge) => edge.health === health).length);
      },
    }),
    plays: new Counter({
      name: 'millrace_delivery_plays_total',
      help: 'Playlist requests by result: ok or the kind of the problem.',
      labelNames: ['result'],
      registers,
    }),
    assignments: new Counter({
      name: 'millrace_delivery_assignments_total',
      help: 'New sessions by edge and by why it came first.',
      labelNames: ['edge', 'reason'],
      registers,
    }),
    decisionSeconds: new Histogram({
      name: 'millrace_delivery_decision_seconds',
      help: 'Time to describe the client and choose renditions and edges, without reading the title.',
      buckets: [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01],
      registers,
    }),
    steering: new Counter({
      name: 'millrace_delivery_steering_total',
      help: 'Steering requests by result: ok or why the session was refused.',
      labelNames: ['result'],
      registers,
    }),
  };
}
