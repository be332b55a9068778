import { expect, test } from 'vitest';
import { z } from 'zod';
import { baseUrl, port, positiveInteger, readSettings } from '#core/runtime/read-settings.js';

const shape = { NAME: z.string(), PORT: port.default(80), SLOTS: positiveInteger.optional(), URL: baseUrl };

test('reads settings, with an empty value as unset and without trailing slashes', () => {
  const environment = { NAME: 'a', PORT: '', SLOTS: '4', URL: 'https://edge.example/base//', OTHER: 'x' };
  expect(readSettings(shape, environment)).toEqual({
    NAME: 'a',
    PORT: 80,
    SLOTS: 4,
    URL: 'https://edge.example/base',
  });
});

test('names every setting that is missing or invalid', () => {
  const environment = { NAME: '', PORT: '70000', SLOTS: 'many', URL: 'ftp://edge.example' };
  expect(() => readSettings(shape, environment)).toThrow(
    [
      'invalid settings:',
      '  NAME is not set',
      '  PORT: must be a port number from 0 to 65535',
      '  SLOTS: must be a positive whole number',
      '  URL: must be an http or https URL',
    ].join('\n'),
  );
});
