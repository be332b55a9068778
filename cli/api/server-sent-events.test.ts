import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readServerSentEvents, type ServerSentEvent } from '#cli/api/server-sent-events.js';

async function* inPieces(bytes: Uint8Array, ends: readonly number[]): AsyncGenerator<Uint8Array> {
  let start = 0;
  for (const end of [...ends].sort((a, b) => a - b).filter((at) => at < bytes.length)) {
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}

async function read(text: string, ends: readonly number[] = []): Promise<ServerSentEvent[]> {
  const events: ServerSentEvent[] = [];
  for await (const event of readServerSentEvents(inPieces(Buffer.from(text), ends))) events.push(event);
  return events;
}

test.each<[string, string, ServerSentEvent[]]>([
  ['one event', 'event: progress\ndata: {}\n\n', [{ event: 'progress', data: '{}' }]],
  ['no name', 'data: x\n\n', [{ event: 'message', data: 'x' }]],
  ['several lines of data', 'data: a\ndata: b\n\n', [{ event: 'message', data: 'a\nb' }]],
  ['comments and unknown fields', ': alive\nid: 7\ndata: x\n\n', [{ event: 'message', data: 'x' }]],
  ['no space after the colon', 'data:x\n\n', [{ event: 'message', data: 'x' }]],
  ['an event without data', 'event: progress\n\n', []],
  ['an incomplete event', 'data: x\n', []],
  [
    'an event name that does not carry over to the next event',
    'event: a\n\ndata: x\n\n',
    [{ event: 'message', data: 'x' }],
  ],
])('%s', async (_name, text, expected) => {
  expect(await read(text)).toEqual(expected);
});

test('yields the same events for any chunking and any line ending', async () => {
  const text = 'event: progress\ndata: {"name":"Żółć ☂"}\n\n: alive\n\ndata: b\ndata: c\n\n';
  const expected = await read(text);
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom('\n', '\r\n', '\r'),
      fc.array(fc.nat({ max: 120 }), { maxLength: 12 }),
      async (lineEnd, ends) => {
        // A final CR may be the first half of CR LF, so the test appends more text, as a live stream would.
        expect(await read(`${text.replaceAll('\n', lineEnd)}: end${lineEnd}:`, ends)).toEqual(expected);
      },
    ),
  );
});
