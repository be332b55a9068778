import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export interface OriginMetrics {
  requests: Counter<'status'>;
  outstanding: Gauge;
  sentBytes: Counter;
  demands: Counter<'outcome'>;
  demandSeconds: Histogram;
  damage: Counter<'kind'>;
}

/** `outstanding` is called whenever the metrics are read. */
export function createOriginMetrics(registry: Registry, outstanding: () => number): OriginMetrics {
  const registers = [registry];
  return {
    outstanding: new Gauge({
      name: 'millrace_demand_outstanding',
      help: 'Segments that requests are waiting for',
      registers,
      collect() {
        this.set(outstanding());
      },
    }),
    requests: new Counter({
      name: 'millrace_origin_requests_total',
      help: 'Requests by status',
      labelNames: ['status'] as const,
      registers,
    }),
    sentBytes: new Counter({
      name: 'millrace_origin_sent_bytes_total',
      help: 'Body bytes sent, aborted responses included',
      registers,
    }),
    demands: new Counter({
      name: 'millrace_demands_total',
      help: 'Waits for segments by outcome: served, late, abandoned, refused',
      labelNames: ['outcome'] as const,
      registers,
    }),
    damage: new Counter({
      name: 'millrace_origin_damage_total',
      help: 'Damaged objects: missing, changed, misread (right when read again), repaired, lost (no source)',
      labelNames: ['kind'] as const,
      registers,
    }),
    demandSeconds: new Histogram({
      name: 'millrace_demand_wait_seconds',
      help: 'Time that requests waited for a segment, in seconds',
      buckets: [0.1, 0.25, 0.5, 1, 2, 3, 5, 8, 12, 18, 25],
      registers,
    }),
  };
}
