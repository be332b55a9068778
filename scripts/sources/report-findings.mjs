/**
 * Prints the findings of a check and how many there are in each top folder, and makes the process exit with 1
 * if there are any. Each finding begins with the path of its file.
 * @param {string} check
 * @param {number} fileCount
 * @param {readonly string[]} findings
 */
export function reportFindings(check, fileCount, findings) {
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const finding of findings) {
    process.stdout.write(`${finding}\n`);
    const folder = finding.split(/[/:]/)[0] ?? '';
    counts.set(folder, (counts.get(folder) ?? 0) + 1);
  }
  const byFolder = [...counts].map(([folder, count]) => ` ${folder} ${count}`).join(',');
  process.stdout.write(
    `${check}: ${fileCount} files, ${findings.length} findings${byFolder && `:${byFolder}`}\n`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
}
