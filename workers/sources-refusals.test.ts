import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type FailureCode, failureSentences } from '#core/contracts/failure.js';
import type { TitleResource } from '#core/contracts/title-resource.js';
import { makeMedia } from '#fixtures/media/make-media.js';
import { type MediaName, mediaNames, recipes } from '#fixtures/media/recipes.js';
import { type System, startSystem } from '#fixtures/system.js';

let system: System;

beforeAll(async () => {
  system = await startSystem({ edges: 1, slots: 2 });
});

afterAll(async () => {
  await system.stop();
});

/** Uploaders should learn about a wrong file within seconds; here, other titles are in the queue too. */
const refusalMs = 20_000;
const smallLadder = { ladder: [{ height: 234, maxBitsPerSecond: 300_000 }] };

async function publish(name: MediaName, timeoutMs: number): Promise<TitleResource> {
  const titleId = await system.upload(await makeMedia(name), { settings: smallLadder });
  return system.waitFor(titleId, ['ready', 'failed'], timeoutMs);
}

const refused = mediaNames.flatMap((name) => {
  const { expected, defect } = recipes[name];
  return expected.result === 'fails' ? [{ name, defect, code: expected.code }] : [];
});

const bounded = mediaNames.flatMap((name) => {
  const { expected, defect } = recipes[name];
  return expected.result === 'bounded' ? [{ name, defect, codes: expected.codes }] : [];
});

describe('a source that cannot be published', () => {
  it.concurrent.each(refused)(
    'is refused by name within seconds: $name: $defect',
    async ({ name, code }) => {
      const { failure, state } = await publish(name, refusalMs);
      expect({ state, code: failure?.code }).toEqual({ state: 'failed', code });
      expect(failure?.message).toBe(failureSentences[code]);
    },
    60_000,
  );
});

describe('a source that is published or refused', () => {
  it.each(bounded)(
    'is done within limits: $name: $defect',
    async ({ name, codes }) => {
      const { failure, cpuSeconds } = await publish(name, 110_000);
      if (failure) expect(codes).toContain(failure.code);
      expect(cpuSeconds).toBeLessThan(150);
    },
    120_000,
  );
});

describe('the sentence for a refusal', () => {
  it.each(Object.entries(failureSentences) as [FailureCode, string][])('%s is plain', (code, sentence) => {
    expect(sentence).toMatch(/^[A-Z].{20,}\.$/);
    expect(sentence).not.toContain(code.includes('_') ? code : `"${code}"`);
    expect(sentence).not.toMatch(/ffmpeg|ffprobe|null|undefined|[{}<>]/);
  });
});
