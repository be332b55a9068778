import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { publicationIdOf } from '#core/contracts/ids.js';
import { reportKey } from '#core/contracts/publication-layout.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { type TitleReport, titleReportSchema } from '#core/contracts/title-report.js';
import { ProblemError } from '#core/runtime/problem.js';
import { findJson, JsonDocumentError } from '#core/storage/json-document.js';
import { type ApiEnvironment, type ApiParts, requireQueue, requireTitle } from '#encoder/api/api-parts.js';
import { problemResponses } from '#encoder/api/problem-responses.js';

const report = titleReportSchema.extend({}).openapi('TitleReport');
const underWay = z.object({ state: z.literal('under-way') }).openapi('ReportUnderWay');
const titleIdParameter = z.object({ titleId: z.string().openapi({ description: 'A UUIDv7' }) });
const security = [{ apiKey: [] }];
const path = '/v1/titles/{titleId}/report';

const responses = {
  200: { description: 'The report', content: { 'application/json': { schema: report } } },
  202: {
    description: 'A worker is making the report; GET the same address until it is ready',
    content: { 'application/json': { schema: underWay } },
  },
  ...problemResponses(401, 403, 404, 409, 500, 503),
};

const startRoute = createRoute({
  method: 'post',
  path,
  summary: 'Request a report that compares the title’s ladder with a fixed one',
  description:
    'Made once per publication. Requesting it again returns the same report, or retries a failed one.',
  security,
  request: { params: titleIdParameter },
  responses,
});

const readRoute = createRoute({
  method: 'get',
  path,
  summary: 'Get the report',
  security,
  request: { params: titleIdParameter },
  responses,
});

export function addReportRoutes(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  app.openapi(startRoute, async (context) => {
    const title = await requireReady(parts, context.req.valid('param').titleId);
    const made = await readReport(parts, title).catch((error: unknown) => {
      // A damaged report is made again; the task creates it only if none is stored.
      if (error instanceof JsonDocumentError) return error;
      throw error;
    });
    if (made && !(made instanceof JsonDocumentError)) return context.json(made, 200);
    await requireQueue(parts.redis);
    if (made) await parts.store.delete(made.key);
    await parts.reports.addReport(title);
    return context.json({ state: 'under-way' as const }, 202, {
      location: `/v1/titles/${title.titleId}/report`,
    });
  });

  app.openapi(readRoute, async (context) => {
    const title = await requireReady(parts, context.req.valid('param').titleId);
    const made = await readReport(parts, title).catch(explainDamage);
    if (made) return context.json(made, 200);
    await requireQueue(parts.redis);
    const status = await parts.reports.reportJobStatus(title);
    if (status.state === 'missing')
      throw new ProblemError(
        404,
        'no-report',
        'No report of this title was requested. Send POST to this address first.',
      );
    if (status.state === 'failed')
      throw new ProblemError(500, 'report-failed', `The report could not be made: ${status.reason}`);
    return context.json({ state: 'under-way' as const }, 202);
  });
}

async function requireReady(parts: ApiParts, titleId: string): Promise<TitleRecord> {
  const title = await requireTitle(parts, titleId);
  if (title.state === 'ready') return title;
  throw new ProblemError(
    409,
    'not-ready',
    `The title is ${title.state}. A report can be made once it is ready.`,
  );
}

function explainDamage(error: unknown): never {
  if (!(error instanceof JsonDocumentError)) throw error;
  throw new ProblemError(
    500,
    'damaged-report',
    `The stored report is damaged (${error.message}). Send POST to this address to make it again.`,
    { cause: error },
  );
}

function readReport(parts: ApiParts, title: TitleRecord): Promise<TitleReport | undefined> {
  const key = reportKey(publicationIdOf(title.titleId, title.generation));
  return findJson(parts.store, key, titleReportSchema);
}
