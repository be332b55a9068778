import { Counter, Gauge, type Registry } from 'prom-client';
import { type TitleState, titleStateSchema } from '#core/contracts/title.js';

export interface ApiMetrics {
  requests: Counter<'method' | 'route' | 'status'>;
  uploadedBytes: Counter;
  repairs: Counter<'repair'>;
  showStates(states: Iterable<TitleState | 'damaged'>): void;
}

export function createApiMetrics(registry: Registry): ApiMetrics {
  const registers = [registry];
  const titles = new Gauge({
    name: 'millrace_titles',
    help: 'Titles by state, as of the last scan of storage',
    labelNames: ['state'] as const,
    registers,
  });
  return {
    requests: new Counter({
      name: 'millrace_api_requests_total',
      help: 'API requests by route and status',
      labelNames: ['method', 'route', 'status'] as const,
      registers,
    }),
    uploadedBytes: new Counter({
      name: 'millrace_uploaded_bytes_total',
      help: 'Bytes of sources received',
      registers,
    }),
    repairs: new Counter({
      name: 'millrace_reconciled_total',
      help: 'Titles that the reconciler checked, by repair',
      labelNames: ['repair'] as const,
      registers,
    }),
    showStates: (states) => {
      const counts = new Map<string, number>(
        [...titleStateSchema.options, 'damaged'].map((state) => [state, 0]),
      );
      for (const state of states) counts.set(state, (counts.get(state) ?? 0) + 1);
      for (const [state, count] of counts) titles.set({ state }, count);
    },
  };
}
