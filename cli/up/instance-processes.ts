import type { CliContext } from '#cli/context/cli-context.js';
import type { DataFolder } from '#cli/instance/data-folder.js';
import type { Output } from '#cli/output/events.js';
import { type EmbeddedRedis, redisSocketOf, startRedis } from '#cli/up/embedded-redis.js';
import { ProcessRoster } from '#cli/up/process-roster.js';
import { logFileOf } from '#cli/up/service-log.js';
import { type ProcessListener, SupervisedProcess } from '#cli/up/supervised-process.js';
import { planServices, type ServiceSpec, type TopologyInput } from '#cli/up/topology.js';
import { waitUntilReady } from '#cli/up/wait-until-ready.js';

/** The processes of an instance: starts them together, restarts them after a crash, stops them in order. */
export class InstanceProcesses {
  private readonly roster: ProcessRoster;
  private readonly services: SupervisedProcess[] = [];
  private redis: EmbeddedRedis | undefined;

  constructor(
    private readonly context: CliContext,
    private readonly folder: DataFolder,
    private readonly output: Output,
  ) {
    this.roster = new ProcessRoster(folder);
  }

  /**
   * Stops what a killed instance left running. The caller holds the folder's lock. Must precede the choice of
   * ports.
   */
  async endLeftovers(): Promise<void> {
    const names = await this.roster.endLeftovers();
    if (names.length > 0)
      this.notice(`An earlier instance was killed; stopped what it left running: ${names.join(', ')}.`);
  }

  /** Starts Redis; resolves to its URL. */
  async startRedis(): Promise<string> {
    const socket = await redisSocketOf(this.folder);
    this.redis = await startRedis({
      folder: this.folder,
      socket,
      environment: this.baseEnvironment(),
      listener: this.listener(),
      notice: (message) => this.notice(message),
    });
    this.redis.process.supervise();
    this.output.emit({ event: 'service', name: 'redis', status: 'ready', url: this.redis.url });
    return this.redis.url;
  }

  /** Starts all services at once and waits until they are ready. */
  async startServices(input: TopologyInput, signal: AbortSignal): Promise<void> {
    const specs = planServices(input);
    await Promise.all(specs.map((spec) => this.startService(spec, signal)));
    for (const service of this.services) service.supervise();
  }

  /** Stops the services, then Redis, because workers hand tasks back to it. `force` kills all at once. */
  async stop(force: AbortSignal): Promise<void> {
    await Promise.all(this.services.map((service) => service.stop(force)));
    await this.redis?.process.stop(force);
    await this.roster.remove();
  }

  private async startService(spec: ServiceSpec, signal: AbortSignal): Promise<void> {
    const logFile = logFileOf(this.folder.logs, spec.name);
    const service = new SupervisedProcess(
      {
        name: spec.name,
        command: process.execPath,
        parameters: [spec.main],
        environment: { ...this.baseEnvironment(), ...spec.environment },
        workingDirectory: this.context.installDirectory,
        logFile,
        tie: 'ipc',
      },
      this.listener(),
    );
    this.services.push(service);
    await service.start();
    await waitUntilReady(spec, service, logFile, signal);
    this.output.emit({ event: 'service', name: spec.name, status: 'ready', url: spec.url });
  }

  /**
   * The user's environment without npm's variables, so that settings such as MILLRACE_FFMPEG reach the
   * services.
   */
  private baseEnvironment(): NodeJS.ProcessEnv {
    return Object.fromEntries(
      Object.entries(this.context.environment).filter(([name]) => !/^npm_/i.test(name)),
    );
  }

  private listener(): ProcessListener {
    return {
      started: (name, pid) => {
        this.roster.note(name, pid).catch((error: Error) => this.notice(error.message));
      },
      crashed: (name, reason, retryMs) => {
        const words = `${reason}; starting it again in ${retryMs / 1000} s`;
        this.output.emit({ event: 'service', name, status: 'crashed', reason: words });
      },
    };
  }

  private notice(message: string): void {
    this.output.emit({ event: 'notice', message });
  }
}
