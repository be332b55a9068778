import { beforeAll, describe, expect, test } from 'vitest';
import { z } from 'zod';
import { findJson, findJsonVersion, readJson } from '#core/storage/json-document.js';
import type { ObjectStore } from '#core/storage/object-store.js';
import { putIf, putOnce, putOrReadJson } from '#core/storage/put-once.js';

const schema = z.object({ name: z.string(), sizes: z.array(z.object({ bytes: z.number() })) });
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const document = { name: 'first', sizes: [{ bytes: 1 }] };

/** JSON documents and conditional puts. `open` returns two stores on the same objects. */
export function describeJsonDocuments(name: string, open: () => Promise<[ObjectStore, ObjectStore]>): void {
  describe(`JSON documents on ${name}`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    beforeAll(async () => {
      [store, other] = await open();
    });

    test('are read with their version', async () => {
      const { etag } = await store.put('json/whole', json(document));
      expect(await readJson(other, 'json/whole', schema)).toEqual(document);
      expect(await findJson(other, 'json/whole', schema)).toEqual(document);
      expect(await findJsonVersion(other, 'json/whole', schema)).toEqual({ value: document, etag });
    });

    test('are absent if no object is stored', async () => {
      await expect(readJson(store, 'json/none', schema)).rejects.toMatchObject({ code: 'not_found' });
      expect(await findJson(store, 'json/none', schema)).toBeUndefined();
      expect(await findJsonVersion(store, 'json/none', schema)).toBeUndefined();
    });

    test.each([
      {
        defect: 'text',
        code: 'not_json',
        bytes: Buffer.from('{"name":'),
        says: /^object json\/text: not JSON/,
      },
      {
        defect: 'list',
        code: 'invalid',
        bytes: json([]),
        says: /^object json\/list: the document: .*object/,
      },
      {
        defect: 'field',
        code: 'invalid',
        bytes: json({ name: 'x', sizes: [{ bytes: 1 }, { bytes: '2' }] }),
        says: /^object json\/field: field sizes\[1\]\.bytes: .*number/,
      },
    ])('reject a damaged $defect with the key and the field', async ({ defect, code, bytes, says }) => {
      const key = `json/${defect}`;
      await store.put(key, bytes);
      for (const read of [readJson, findJson, findJsonVersion]) {
        const error: unknown = await read(other, key, schema).catch((reason: unknown) => reason);
        expect(error).toMatchObject({
          name: 'JsonDocumentError',
          code,
          key,
          message: expect.stringMatching(says),
        });
      }
    });

    test('are created by one of many writers, and all resolve to its value', async () => {
      const values = await Promise.all(
        Array.from({ length: 20 }, (_, index) =>
          putOrReadJson(index % 2 ? store : other, 'json/race', schema, {
            ...document,
            name: `writer ${index}`,
          }),
        ),
      );
      const stored = await readJson(store, 'json/race', schema);
      expect(values).toEqual(values.map(() => stored));
      expect((await store.head('json/race'))?.bytes).toBe(json(stored).length);
    });
  });

  describe(`conditional puts on ${name}`, () => {
    let store: ObjectStore;
    let other: ObjectStore;
    beforeAll(async () => {
      [store, other] = await open();
    });

    test('putOnce says whose bytes are stored', async () => {
      expect(await putOnce(store, 'once/segment.m4s', Buffer.from('first'), 'video/mp4')).toBe(true);
      expect(await putOnce(other, 'once/segment.m4s', Buffer.from('second'), 'video/mp4')).toBe(false);
      const { bytes, head } = await other.read('once/segment.m4s');
      expect(bytes.toString()).toBe('first');
      expect(head.contentType).toBe('video/mp4');
    });

    test('putIf replaces the version it names, once', async () => {
      const { etag } = await store.put('if/counter', Buffer.from('1'));
      expect(await putIf(store, 'if/counter', Buffer.from('2'), { condition: { etag } })).toBe(true);
      expect(await putIf(other, 'if/counter', Buffer.from('3'), { condition: { etag } })).toBe(false);
      expect((await store.read('if/counter')).bytes.toString()).toBe('2');
    });

    test('reject for other failures than a lost race', async () => {
      const put = putOnce(store, '../outside', Buffer.from('x'), undefined);
      await expect(put).rejects.toMatchObject({ code: 'invalid_key' });
    });
  });
}
