import { randomUUID } from 'node:crypto';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { type BearerCheck, createBearerCheck } from '#core/runtime/bearer-check.js';
import { ProblemError, toProblem } from '#core/runtime/problem.js';
import { withDeadline } from '#core/runtime/with-deadline.js';

export interface ProbeAnswer {
  status: number;
  contentType: string;
  body: string;
  headers?: Record<string, string>;
}

/** The settings that decide who may read metrics. */
export interface MetricsSettings {
  MILLRACE_HOST: string;
  MILLRACE_METRICS_KEY?: string | undefined;
}

const loopback = /^(127\.[\d.]+|::1|localhost)$/;

/** One named condition of readiness: resolves when it holds, rejects with the reason when it does not. */
export type ReadinessCheck = () => Promise<void>;

/** Probes are asked every few seconds and given up as soon: a check without an answer counts as failed. */
const maxCheckMs = 1_500;

export const probePaths = ['/healthz', '/readyz', '/metrics'] as const;

/**
 * Liveness (`/healthz`), readiness (`/readyz`) and Prometheus metrics (`/metrics`), the same in every
 * process.
 */
export class Probes {
  readonly registry = new Registry();
  private readonly checks = new Map<string, ReadinessCheck>();
  /** Checks under way: one that hangs is not started again by every probe. */
  private readonly running = new Map<string, Promise<void>>();
  private stopping = false;
  private mayReadMetrics: BearerCheck = () => true;

  constructor(service: string) {
    this.registry.setDefaultLabels({ service });
    collectDefaultMetrics({ register: this.registry });
  }

  addCheck(name: string, check: ReadinessCheck): void {
    this.checks.set(name, check);
  }

  /**
   * Serves metrics, which name titles' states and traffic, only to requests with the key. Without a key they
   * are served on a loopback address, and nowhere else.
   */
  guardMetrics({ MILLRACE_HOST: host, MILLRACE_METRICS_KEY: key }: MetricsSettings): void {
    this.mayReadMetrics = key === undefined && !loopback.test(host) ? () => false : createBearerCheck(key);
  }

  /** From now on `/readyz` answers 503, so that load balancers stop sending requests. */
  markStopping(): void {
    this.stopping = true;
  }

  /** Answers one of `probePaths`; undefined for any other. */
  async respond(pathname: string, authorization?: string): Promise<ProbeAnswer | undefined> {
    switch (pathname) {
      case '/healthz':
        return { status: 200, contentType: 'application/json', body: '{"status":"alive"}' };
      case '/readyz':
        return this.readiness();
      case '/metrics':
        if (!this.mayReadMetrics(authorization)) return refuseMetrics();
        return { status: 200, contentType: this.registry.contentType, body: await this.registry.metrics() };
      default:
        return undefined;
    }
  }

  private start(name: string, check: ReadinessCheck): Promise<void> {
    const running = check().finally(() => this.running.delete(name));
    this.running.set(name, running);
    return running;
  }

  private async readiness(): Promise<ProbeAnswer> {
    const failures: Record<string, string> = this.stopping ? { process: 'stopping' } : {};
    await Promise.all(
      [...this.checks].map(async ([name, check]) => {
        try {
          await withDeadline(name, maxCheckMs, this.running.get(name) ?? this.start(name, check));
        } catch (error) {
          failures[name] = error instanceof Error ? error.message : String(error);
        }
      }),
    );
    const ready = Object.keys(failures).length === 0;
    return {
      status: ready ? 200 : 503,
      contentType: 'application/json',
      body: JSON.stringify(ready ? { status: 'ready' } : { status: 'unready', failures }),
    };
  }
}

function refuseMetrics(): ProbeAnswer {
  const problem = new ProblemError(
    401,
    'metrics-key',
    'Metrics are for operators. Send "Authorization: Bearer" with the key in MILLRACE_METRICS_KEY.',
    { headers: { 'www-authenticate': 'Bearer' } },
  );
  const { status, headers, body } = toProblem(problem, randomUUID());
  return { status, contentType: headers['content-type'] ?? 'text/plain', headers, body };
}
