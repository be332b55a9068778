/**
 * How to install missing programs: commands to run (none if this user may not run them), and instructions for
 * people.
 * @typedef {{ commands: string[][], instructions: string }} InstallPlan
 * @typedef {{ isRoot: boolean, hasAptGet: boolean, hasBrew: boolean, canSudo: boolean }} Means
 */

/**
 * @param {readonly import('./programs.mjs').Program[]} missing
 * @param {Means} means
 * @returns {InstallPlan}
 */
export function planInstall(missing, means) {
  if (means.hasAptGet) return planApt(missing, means);
  if (means.hasBrew) {
    const commands = unique(missing.map(({ brew }) => brew ?? '').filter((name) => name !== '')).map(
      (name) => ['brew', 'install', ...name.split(' ')],
    );
    return {
      commands,
      instructions: describe(missing, ({ brew }) => (brew ? `brew install ${brew}` : undefined)),
    };
  }
  return { commands: [], instructions: describe(missing, () => undefined) };
}

/**
 * @param {readonly import('./programs.mjs').Program[]} missing
 * @param {Means} means
 * @returns {InstallPlan}
 */
function planApt(missing, { isRoot, canSudo }) {
  const packages = unique(missing.map(({ apt }) => apt));
  const apt = ['apt-get', '-o', 'DPkg::Lock::Timeout=120', '-o', 'Acquire::Retries=3'];
  const prefix = isRoot ? [] : ['sudo', '-n'];
  const commands =
    isRoot || canSudo
      ? [
          [...prefix, ...apt, 'update'],
          [
            ...prefix,
            'env',
            'DEBIAN_FRONTEND=noninteractive',
            ...apt,
            'install',
            '-y',
            '--no-install-recommends',
            ...packages,
          ],
        ]
      : [];
  return { commands, instructions: describe(missing, (program) => `sudo apt-get install ${program.apt}`) };
}

/**
 * @param {readonly import('./programs.mjs').Program[]} missing
 * @param {(program: import('./programs.mjs').Program) => string | undefined} commandOf
 */
function describe(missing, commandOf) {
  const lines = missing.map((program) => {
    const command = commandOf(program);
    return `  ${program.command} (${program.purpose}): ${command ?? `install it with your system's package manager (Debian calls the package ${program.apt})`}`;
  });
  return ['These programs are missing:', ...lines].join('\n');
}

/** @param {readonly string[]} names */
function unique(names) {
  return [...new Set(names)];
}
