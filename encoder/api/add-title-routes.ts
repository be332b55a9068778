import { createRoute, type OpenAPIHono, z } from '@hono/zod-openapi';
import { type TitleId, titleIdSchema } from '#core/contracts/ids.js';
import type { TitleRecord } from '#core/contracts/title.js';
import { damagedTitleSchema, titleListSchema, titleResourceSchema } from '#core/contracts/title-resource.js';
import { uploadSettingsSchema } from '#core/contracts/upload-settings.js';
import { ProblemError } from '#core/runtime/problem.js';
import { listTitles } from '#core/titles/list-titles.js';
import {
  type ApiEnvironment,
  type ApiParts,
  requireQueue,
  requireTitle,
  unknownTitle,
} from '#encoder/api/api-parts.js';
import { type InvalidField, invalidRequest, problemResponses } from '#encoder/api/problem-responses.js';
import { readJson } from '#encoder/api/read-json.js';
import { toTitleResource } from '#encoder/catalogue/to-title-resource.js';
import { describeSettingsErrors, refuseBadLadder } from '#encoder/settings/parse-settings-metadata.js';
import { sourceTooLarge } from '#encoder/uploads/check-upload-headers.js';
import { uploadsPath } from '#encoder/uploads/upload-server.js';

// The OpenAPI library can name only schemas built after it was loaded: extend({}) rebuilds them.
const titleResource = titleResourceSchema.extend({}).openapi('Title');
const damagedTitle = damagedTitleSchema
  .extend({})
  .openapi('DamagedTitle', { description: 'A title whose record cannot be read. It can only be deleted' });
const titleList = titleListSchema
  .extend({ titles: z.array(z.union([titleResource, damagedTitle])) })
  .openapi('TitleList');
const titleIdParameter = z.object({ titleId: z.string().openapi({ description: 'A UUIDv7' }) });
const security = [{ apiKey: [] }];

const newTitleSchema = z
  .strictObject({
    name: z
      .string()
      .min(1)
      .max(1_000)
      .optional()
      .openapi({ description: 'Shown to viewers. Default: the file name without its extension' }),
    fileName: z.string().min(1).max(4_096).openapi({ description: 'Displayed only, never used as a path' }),
    bytes: z.number().int().min(0).max(Number.MAX_SAFE_INTEGER).openapi({ description: 'Size of the file' }),
    settings: uploadSettingsSchema.prefault({}),
  })
  .openapi('NewTitle');

const createTitleRoute = createRoute({
  method: 'post',
  path: '/v1/titles',
  summary: 'Create a title and the upload of its source',
  description: 'Send the bytes to the address in Upload-Location with PATCH requests of tus 1.0.0.',
  security,
  middleware: [readJson] as const,
  request: {
    headers: z.object({ 'idempotency-key': z.string().min(1).max(255).optional() }),
    body: { required: true, content: { 'application/json': { schema: newTitleSchema } } },
  },
  responses: {
    201: {
      description: 'Created. The same Idempotency-Key and body always get the same response',
      headers: z.object({ location: z.string(), 'upload-location': z.string() }),
      content: { 'application/json': { schema: titleResource } },
    },
    ...problemResponses(400, 401, 403, 413, 415, 422, 503),
  },
});

const listTitlesRoute = createRoute({
  method: 'get',
  path: '/v1/titles',
  summary: 'List titles, newest first',
  security,
  request: {
    query: z.object({
      cursor: z.string().optional().openapi({ description: '`nextCursor` of the previous page' }),
      limit: z.coerce.number().int().min(1).max(200).default(50),
    }),
  },
  responses: {
    200: { description: 'One page', content: { 'application/json': { schema: titleList } } },
    ...problemResponses(400, 401, 403, 503),
  },
});

const readTitleRoute = createRoute({
  method: 'get',
  path: '/v1/titles/{titleId}',
  summary: 'Get a title',
  security,
  request: { params: titleIdParameter },
  responses: {
    200: { description: 'The title', content: { 'application/json': { schema: titleResource } } },
    ...problemResponses(401, 403, 404, 409, 503),
  },
});

const deleteTitleRoute = createRoute({
  method: 'delete',
  path: '/v1/titles/{titleId}',
  summary: 'Delete a title, its source and its media',
  security,
  request: { params: titleIdParameter },
  responses: { 204: { description: 'Deleted' }, ...problemResponses(401, 403, 404, 503) },
});

export function addTitleRoutes(app: OpenAPIHono<ApiEnvironment>, parts: ApiParts): void {
  const toResource = async (record: TitleRecord) =>
    toTitleResource(record, await parts.progress.count(record), parts.deliveryUrl);

  app.openapi(
    createTitleRoute,
    async (context) => {
      const body = context.req.valid('json');
      if (body.bytes > parts.maxSourceBytes) throw sourceTooLarge(body.bytes, parts.maxSourceBytes);
      refuseBadLadder(body.settings);
      await requireQueue(parts.redis);
      const idempotencyKey = context.req.valid('header')['idempotency-key'];
      const caller = context.get('apiKey').keyId;
      const record = await parts.createTitle(body, idempotencyKey ? { idempotencyKey, caller } : undefined);
      context.header('location', `/v1/titles/${record.titleId}`);
      context.header('upload-location', `${uploadsPath}/${record.titleId}`);
      return context.json(await toResource(record), 201);
    },
    (result, { req }) => (result.success ? undefined : refuseTitle(req, result.error.issues)),
  );

  app.openapi(listTitlesRoute, async (context) => {
    const { cursor, limit } = context.req.valid('query');
    const { entries, next } = await listTitles({
      index: parts.index,
      readEntry: (titleId) => parts.titles.readOrDescribe(titleId),
      isShown: ({ state }) => state !== 'deleted',
      before: readCursor(cursor),
      limit,
    });
    const titles = await Promise.all(
      entries.map(async (entry) => (entry.state === 'damaged' ? entry : toResource(entry))),
    );
    return context.json({ titles, ...(next === undefined ? {} : { nextCursor: next }) }, 200);
  });

  app.openapi(readTitleRoute, async (context) => {
    const record = await requireTitle(parts, context.req.valid('param').titleId);
    return context.json(await toResource(record), 200);
  });

  app.openapi(deleteTitleRoute, async (context) => {
    await requireQueue(parts.redis);
    const titleId = titleIdSchema.safeParse(context.req.valid('param').titleId).data;
    if (titleId === undefined || !(await parts.deleteTitle(titleId))) throw unknownTitle();
    return context.body(null, 204);
  });
}

/** Throws a 400 problem. Errors in `settings` are described by `describeSettingsErrors`, which finds more. */
async function refuseTitle(
  request: { json(): Promise<unknown> },
  issues: readonly InvalidField[],
): Promise<never> {
  const others = issues.filter(({ path }) => path[0] !== 'settings');
  if (others.length === issues.length) throw invalidRequest(others);
  const { settings } = Object(await request.json()) as { settings?: unknown };
  const settingsIssues = describeSettingsErrors(settings).map((message) => ({ path: ['settings'], message }));
  throw invalidRequest([...others, ...settingsIssues]);
}

function readCursor(cursor: string | undefined): TitleId | undefined {
  if (cursor === undefined) return undefined;
  const { data } = titleIdSchema.safeParse(cursor);
  if (data === undefined)
    throw new ProblemError(400, 'cursor', 'The cursor is invalid. Use `nextCursor` of the previous page.');
  return data;
}
