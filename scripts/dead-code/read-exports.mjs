import { isProgram, resolveSpecifier } from '../imports/import-rules.mjs';
import { readModule } from '../imports/read-module.mjs';
import { nodesOf, parseModule } from '../sources/parse-module.mjs';

/**
 * One name that a module exports. `isUsedHere`: the module itself uses it too.
 * @typedef {{ name: string, line: number, isType: boolean, isUsedHere: boolean }} ExportedName
 *
 * One name that a module uses of another; `*` stands for any name. `target` is a project path without its
 * extension.
 * @typedef {{ target: string, name: string }} UsedName
 *
 * `isEntry`: the module is run or loaded by a tool, not imported.
 * @typedef {{ path: string, isEntry: boolean, exports: ExportedName[], uses: UsedName[], packages: string[]
 *   }} ModuleNames
 */

/**
 * Reads what a module exports and what it uses of others.
 * @param {string} path
 * @param {string} text
 * @returns {ModuleNames}
 */
export function readExports(path, text) {
  const { program, module } = parseModule(path, text);
  const { imports, effects } = readModule(path, text);
  const specifiers = [...new Set(imports.map(({ specifier }) => specifier))];
  const counts = countIdentifiers(program);
  const exported = module.staticExports.flatMap(({ entries }) => entries);
  return {
    path,
    // Only a program does something when it is loaded: the import rules forbid it elsewhere.
    isEntry: isProgram(path) || /\.(test|config)\.tsx?$/.test(path) || effects.length > 0,
    exports: exported.flatMap(({ exportName, localName, isType, start }) =>
      exportName.kind === 'Name' && exportName.name
        ? {
            name: exportName.name,
            isType,
            line: text.slice(0, start).split('\n').length,
            isUsedHere: (counts.get(localName.name ?? '') ?? 0) > 1,
          }
        : [],
    ),
    uses: [...usedNames(module), ...namelessUses(imports, program)].flatMap(({ specifier, name }) => {
      const target = resolveSpecifier(path, specifier);
      return target === undefined ? [] : { target, name };
    }),
    packages: specifiers.filter((specifier) => !/^[#.]/.test(specifier)).map(packageOf),
  };
}

/**
 * @param {ReturnType<typeof parseModule>['module']} module
 * @returns {{ specifier: string, name: string }[]}
 */
function usedNames({ staticImports, staticExports }) {
  const imported = staticImports.flatMap(({ moduleRequest, entries }) =>
    entries.map(({ importName }) => ({ specifier: moduleRequest.value, name: nameOf(importName) })),
  );
  const exported = staticExports.flatMap(({ entries }) =>
    entries.flatMap(({ moduleRequest, importName }) =>
      moduleRequest ? { specifier: moduleRequest.value, name: nameOf(importName) } : [],
    ),
  );
  return [...imported, ...exported];
}

/** @param {{ kind: string, name?: string | null }} importName */
function nameOf({ kind, name }) {
  if (kind === 'Default') return 'default';
  return name ?? '*';
}

/**
 * Imports that do not say which names they use: for effect, dynamic, and of types in an expression.
 * @param {readonly import('../imports/read-module.mjs').ModuleImport[]} imports
 * @param {unknown} program
 */
function namelessUses(imports, program) {
  const uses = [];
  for (const { type, source } of nodesOf(program))
    if (/^(TSImportType|ImportExpression)$/.test(type) && typeof source?.value === 'string')
      uses.push({ specifier: source.value, name: '*' });
  for (const { specifier, bare } of imports) if (bare) uses.push({ specifier, name: '*' });
  return uses;
}

/** @param {unknown} program */
function countIdentifiers(program) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { type, name } of nodesOf(program))
    if (/^(JSX)?Identifier$/.test(type)) counts.set(name, (counts.get(name) ?? 0) + 1);
  return counts;
}

/**
 * The package of a specifier such as `hono/jsx` or `@aws-sdk/client-s3/x`.
 * @param {string} specifier
 */
function packageOf(specifier) {
  return specifier.split('/', specifier.startsWith('@') ? 2 : 1).join('/');
}
