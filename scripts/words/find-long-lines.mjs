import { nodesOf, parseModule } from '../sources/parse-module.mjs';

const maxColumns = 110;
/** What the formatter keeps on the line of a literal: `,`, `;` or ` +`. */
const maxTrailingColumns = 2;

/**
 * Lines over 110 columns that can be broken: `path:line: what`. The formatter breaks code but not comments. A
 * line may run over inside a string, template, regular expression or JSX text, which cannot be broken without
 * changing it, and in a word of a comment that fits no line, such as an address.
 * @param {string} path
 * @param {string} text
 * @returns {string[]}
 */
export function findLongLines(path, text) {
  const { program, comments } = parseModule(path, text);
  const literals = [...nodesOf(program)].filter(({ type }) =>
    /^(Literal|TemplateLiteral|JSXText)$/.test(type),
  );
  const findings = [];
  let start = 0;
  for (const [index, line] of text.split('\n').entries()) {
    const limit = start + maxColumns;
    const isComment = comments.some((comment) => comment.start <= limit && limit < comment.end);
    const mayRunOver = isComment
      ? isUnbreakable(line)
      : literals.some(({ start: from, end }) => from < limit && limit < end + maxTrailingColumns);
    if (line.length > maxColumns && !mayRunOver)
      findings.push(`${path}:${index + 1}: ${line.length} columns, over ${maxColumns}`);
    start += line.length + 1;
  }
  return findings;
}

/**
 * Whether a comment's line is one long word.
 * @param {string} line
 */
function isUnbreakable(line) {
  return /^\s*(\/\/|\/?\*+)?\s*\S+(\s*\*\/)?$/.test(line);
}
