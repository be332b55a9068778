import { parseModule } from '../sources/parse-module.mjs';

/**
 * One import of a module. `typeOnly` imports are gone after compilation.
 * @typedef {{ specifier: string, typeOnly: boolean, bare: boolean }} ModuleImport
 *
 * What the rules check. `effects` are the lines of statements that do something when the module is imported.
 * @typedef {{ path: string, imports: ModuleImport[], readsEnvironment: boolean, effects: number[] }}
 *   ModuleFacts
 */

/**
 * Reads a TypeScript or JavaScript module from its syntax tree. Throws if it does not parse.
 * @param {string} path
 * @param {string} text
 * @returns {ModuleFacts}
 */
export function readModule(path, text) {
  const { program, module } = parseModule(path, text);
  const exported = module.staticExports
    .flatMap(({ entries }) => entries)
    .flatMap(({ moduleRequest, isType }) =>
      moduleRequest ? [{ specifier: moduleRequest.value, typeOnly: isType, bare: false }] : [],
    );
  const imported = module.staticImports.map(({ moduleRequest, entries }) => ({
    specifier: moduleRequest.value,
    typeOnly: entries.length > 0 && entries.every(({ isType }) => isType),
    bare: entries.length === 0,
  }));
  const dynamic = module.dynamicImports.flatMap(({ moduleRequest: { start, end } }) => {
    const literal = /^(['"`])([^$]*)\1$/s.exec(text.slice(start, end));
    return literal?.[2] === undefined ? [] : [{ specifier: literal[2], typeOnly: false, bare: false }];
  });
  return {
    path,
    imports: [...imported, ...exported, ...dynamic],
    readsEnvironment: some(program, isEnvironmentRead),
    effects: program.body.filter(hasEffect).map(({ start }) => text.slice(0, start).split('\n').length),
  };
}

/**
 * A statement at the top of a module that does more than declare: a call, an assignment, an await.
 * @param {{ type: string, expression?: unknown, directive?: unknown }} statement
 */
function hasEffect(statement) {
  if (statement.type === 'ExpressionStatement') return typeof statement.directive !== 'string';
  if (/^(If|For|ForOf|ForIn|While|DoWhile|Try|Switch|Throw|Block)Statement$/.test(statement.type))
    return true;
  // An await outside a function runs on import.
  return (
    /^(Variable|ExportNamed|ExportDefault)Declaration$/.test(statement.type) &&
    some(statement, isAwait, isFunction)
  );
}

/** @param {Record<string, any>} node */
function isAwait(node) {
  return node.type === 'AwaitExpression';
}

/** @param {Record<string, any>} node */
function isFunction(node) {
  return /Function/.test(node.type);
}

/**
 * Whether a node is `process.env`, destructures `process`, or imports `env`.
 * @param {Record<string, any>} node
 */
function isEnvironmentRead(node) {
  if (node.type === 'MemberExpression')
    return node.object.name === 'process' && (node.property.name ?? node.property.value) === 'env';
  if (node.type === 'VariableDeclarator')
    return node.init?.name === 'process' && node.id.type === 'ObjectPattern';
  if (node.type === 'ImportDeclaration')
    return (
      /^(node:)?process$/.test(node.source.value) &&
      node.specifiers.some((/** @type {any} */ specifier) => specifier.imported?.name === 'env')
    );
  return false;
}

/**
 * Whether `test` holds for a node of the tree, without the subtrees that `skip` matches.
 * @param {unknown} value
 * @param {(node: Record<string, any>) => boolean} test
 * @param {(node: Record<string, any>) => boolean} [skip]
 * @returns {boolean}
 */
function some(value, test, skip = () => false) {
  if (Array.isArray(value)) return value.some((item) => some(item, test, skip));
  if (typeof value !== 'object' || value === null) return false;
  const node = /** @type {Record<string, any>} */ (value);
  if (typeof node.type === 'string') {
    if (skip(node)) return false;
    if (test(node)) return true;
  }
  return Object.values(node).some((child) => some(child, test, skip));
}
