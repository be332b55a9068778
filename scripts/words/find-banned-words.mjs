import { nodesOf, parseModule } from '../sources/parse-module.mjs';
import { allowedNames, bannedWords, mediaClock, mediaFolders } from './banned-words.mjs';

/**
 * Banned words in a file's path and in its identifiers, each identifier once: `path:line: what`.
 * @param {string} path
 * @param {string} text
 * @returns {string[]}
 */
export function findBannedWords(path, text) {
  const { program } = parseModule(path, text);
  const findings = judgeName(path, path).map((words) => `${path}: the path ${words}`);
  for (const [name, start] of identifiersOf(program)) {
    const line = text.slice(0, start).split('\n').length;
    findings.push(...judgeName(path, name).map((words) => `${path}:${line}: ${name} ${words}`));
  }
  return findings;
}

/**
 * @param {string} path
 * @param {string} name
 * @returns {string[]}
 */
function judgeName(path, name) {
  if (allowedNames.some((entry) => entry.name === name && (entry.files?.test(path) ?? true))) return [];
  return wordsOf(name).flatMap((word) => {
    const instead = insteadOf(path, word);
    return instead === undefined ? [] : [`contains "${word}": write ${instead}`];
  });
}

/**
 * What to write instead of a word or its plural.
 * @param {string} path
 * @param {string} word
 */
function insteadOf(path, word) {
  const singular = word.replace(/s$/, '');
  if (singular === 'clock' && mediaFolders.test(path)) return mediaClock;
  return bannedWords.get(word) ?? bannedWords.get(singular);
}

/**
 * The words of a camelCase, snake_case or kebab-case name, in lower case.
 * @param {string} name
 */
function wordsOf(name) {
  return (name.match(/[A-Z]+(?![a-z])|[A-Z]?[a-z]+/g) ?? []).map((word) => word.toLowerCase());
}

/**
 * Every identifier of a syntax tree with the offset of its first use.
 * @param {unknown} program
 * @returns {Map<string, number>}
 */
function identifiersOf(program) {
  /** @type {Map<string, number>} */
  const found = new Map();
  for (const { type, name, start } of nodesOf(program))
    if (/^(JSX|Private)?Identifier$/.test(type) && !found.has(name)) found.set(name, start);
  return found;
}
