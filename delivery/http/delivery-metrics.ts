import { Counter, Gauge, Histogram, type Registry } from 'prom-client';
import type { EdgeState } from '#delivery/choose/edge-state.js';

export interface DeliveryMetrics {
  /** Known edges by health, counted at scrape time. */
  edges: Gauge<'health'>;
  /** Answers to `/play`. */
  plays: Counter<'result'>;
  /** New sessions by their first edge. */
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
      help: 'Known edges by health, as delivery judges it.',
      labelNames: ['health'],
      registers,
      collect() {
        for (const health of ['healthy', 'suspect', 'down'] as const)
          this.set({ health }, edges().filter((edge) => edge.health === health).length);
      },
    }),
    plays: new Counter({
      name: 'millrace_delivery_plays_total',
      help: 'Playlist requests by result: ok, or the kind of problem.',
      labelNames: ['result'],
      registers,
    }),
    assignments: new Counter({
      name: 'millrace_delivery_assignments_total',
      help: 'New sessions by their first edge and the reason for choosing it.',
      labelNames: ['edge', 'reason'],
      registers,
    }),
    decisionSeconds: new Histogram({
      name: 'millrace_delivery_decision_seconds',
      help: 'Seconds to describe the client and choose renditions and edges, without reading the title.',
      buckets: [0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01],
      registers,
    }),
    steering: new Counter({
      name: 'millrace_delivery_steering_total',
      help: 'Steering requests by result: ok, or the reason for refusing the session.',
      labelNames: ['result'],
      registers,
    }),
  };
}
