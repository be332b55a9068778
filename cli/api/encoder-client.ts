import { z } from 'zod';
import { readServerSentEvents } from '#cli/api/server-sent-events.js';
import { CliError, messageOf } from '#cli/context/cli-error.js';
import { type TitleReport, titleReportSchema } from '#core/contracts/title-report.js';
import {
  type ProgressEvent,
  progressEventSchema,
  type TitleList,
  type TitleListEntry,
  type TitleResource,
  titleListSchema,
  titleResourceSchema,
} from '#core/contracts/title-resource.js';

const answerWithinMs = 30_000;
const titlesPerPage = 100;
const problemSchema = z.object({ detail: z.string().optional(), title: z.string().optional() });

/** The encoder answered with an error status. */
export class ApiRefusal extends CliError {
  constructor(
    readonly status: number,
    message: string,
  ) {
    super(message);
    this.name = 'ApiRefusal';
  }
}

/** The calls of the encoder's API that the commands use. Every failure is a CliError that says what to do. */
export class EncoderClient {
  constructor(
    readonly apiUrl: string,
    private readonly apiKey: string,
  ) {}

  get authorization(): Record<string, string> {
    return { authorization: `Bearer ${this.apiKey}` };
  }

  /** Lists titles page by page, newest first, at most `limit`. */
  async *listTitles(limit = Number.POSITIVE_INFINITY): AsyncGenerator<TitleListEntry> {
    let left = limit;
    let cursor: string | undefined;
    do {
      const page = await this.readPage(Math.min(titlesPerPage, left), cursor);
      yield* page.titles;
      left -= page.titles.length;
      cursor = page.nextCursor;
    } while (cursor !== undefined && left > 0);
  }

  async readTitle(titleId: string): Promise<TitleResource> {
    return this.readJson(`/v1/titles/${encodeURIComponent(titleId)}`, titleResourceSchema);
  }

  /** Requests (POST) or reads (GET) a title's report. Undefined while a worker is making it. */
  async readReport(titleId: string, method: 'POST' | 'GET'): Promise<TitleReport | undefined> {
    const path = `/v1/titles/${encodeURIComponent(titleId)}/report`;
    const response = await this.request(path, { method, signal: AbortSignal.timeout(answerWithinMs) });
    if (response.status !== 202) return this.parse(response, path, titleReportSchema);
    await response.body?.cancel();
    return undefined;
  }

  async deleteTitle(titleId: string): Promise<void> {
    const response = await this.request(`/v1/titles/${encodeURIComponent(titleId)}`, { method: 'DELETE' });
    await response.body?.cancel();
  }

  /** Yields progress events until the server ends the stream or `signal` aborts. */
  async *followTitle(titleId: string, signal: AbortSignal): AsyncGenerator<ProgressEvent> {
    const response = await this.request(`/v1/titles/${encodeURIComponent(titleId)}/events`, { signal });
    if (!response.body) return;
    for await (const { event, data } of readServerSentEvents(response.body)) {
      if (event !== 'progress') continue;
      const parsed = progressEventSchema.safeParse(JSON.parse(data));
      if (parsed.success) yield parsed.data;
    }
  }

  private async readPage(limit: number, cursor: string | undefined): Promise<TitleList> {
    const query = new URLSearchParams({ limit: String(limit), ...(cursor === undefined ? {} : { cursor }) });
    return this.readJson(`/v1/titles?${query}`, titleListSchema);
  }

  private async readJson<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.infer<Schema>> {
    const response = await this.request(path, { signal: AbortSignal.timeout(answerWithinMs) });
    return this.parse(response, path, schema);
  }

  private async parse<Schema extends z.ZodType>(
    response: Response,
    path: string,
    schema: Schema,
  ): Promise<z.infer<Schema>> {
    const parsed = schema.safeParse(await response.json().catch(() => undefined));
    if (parsed.success) return parsed.data;
    throw new CliError(`${this.apiUrl}${path} is not the API of a Millrace encoder. Check MILLRACE_URL.`, {
      cause: parsed.error,
    });
  }

  private async request(path: string, init: RequestInit): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(`${this.apiUrl}${path}`, { ...init, headers: this.authorization });
    } catch (error) {
      if (init.signal?.aborted && (error as Error).name === 'AbortError') throw error;
      throw unreachable(this.apiUrl, error);
    }
    if (response.ok) return response;
    throw new ApiRefusal(response.status, await explainRefusal(response, this.apiUrl));
  }
}

export function unreachable(apiUrl: string, error: unknown): CliError {
  const cause = (error as Error).cause ?? error;
  return new CliError(
    `No encoder answers at ${apiUrl} (${messageOf(cause)}). Start one with "millrace up", or set MILLRACE_URL to the address of one.`,
    { cause: error },
  );
}

async function explainRefusal(response: Response, apiUrl: string): Promise<string> {
  if (response.status === 401)
    return `${apiUrl} does not accept the API key. Set MILLRACE_API_KEY to a key of that installation.`;
  const problem = problemSchema.safeParse(await response.json().catch(() => undefined)).data;
  const words = problem?.detail ?? problem?.title ?? 'The encoder refused the request';
  return `${words} (HTTP ${response.status} from ${new URL(response.url).pathname})`;
}
