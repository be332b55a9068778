import { describe, expect, it } from 'vitest';
import { readLanguage } from '#planning/audio/read-language.js';

describe('readLanguage', () => {
  it.each([
    ['eng', 'en'],
    ['ger', 'de'],
    ['deu', 'de'],
    ['DE', 'de'],
    ['pt-BR', 'pt'],
    ['zh_Hans', 'zh'],
    ['english', 'en'],
    ['gsw', 'gsw'],
    ['', 'und'],
    ['1', 'und'],
    ['../', 'und'],
  ])('%j is %s', (language, bcp47) => {
    expect(readLanguage({ tags: { language } })).toBe(bcp47);
  });

  it('reads the upper-case tag of Ogg', () => {
    expect(readLanguage({ tags: { LANGUAGE: 'fre' } })).toBe('fr');
  });
});
