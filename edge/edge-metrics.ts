import { Counter, Gauge, type Registry } from 'prom-client';
import type { ObjectCache } from '#edge/cache/object-cache.js';

export interface EdgeMetrics {
  requests: Counter<'outcome'>;
  sentBytes: Counter;
  starvations: Counter;
  openAnswers: Gauge;
}

/** Registers an edge's metrics. The cache's figures are read whenever the metrics are. */
export function createEdgeMetrics(registry: Registry, cache: ObjectCache): EdgeMetrics {
  const registers = [registry];
  const figures = ['bytes', 'objects', 'ghosts', 'evictions', 'fills'] as const;
  for (const figure of figures) {
    registry.registerMetric(
      new Gauge({
        name: `millrace_edge_cache_${figure}`,
        help: `Cache ${figure}`,
        registers: [],
        collect() {
          this.set(cache.figures[figure]);
        },
      }),
    );
  }
  return {
    requests: new Counter({
      name: 'millrace_edge_requests_total',
      help: 'Requests by outcome: hit, miss, collapsed, negative, error, forbidden, refused',
      labelNames: ['outcome'],
      registers,
    }),
    sentBytes: new Counter({
      name: 'millrace_edge_sent_bytes_total',
      help: 'Body bytes sent to players, aborted responses included',
      registers,
    }),
    starvations: new Counter({
      name: 'millrace_edge_player_starvations_total',
      help: 'Times a player reported an empty buffer (CMCD bs)',
      registers,
    }),
    openAnswers: new Gauge({ name: 'millrace_edge_open_answers', help: 'Responses in progress', registers }),
  };
}
