// Checks every source against the import rules, prints the findings and exits with 1 if there are any.
import { judgeProject } from './imports/judge-project.mjs';
import { readModule } from './imports/read-module.mjs';
import { listSources } from './sources/list-sources.mjs';
import { reportFindings } from './sources/report-findings.mjs';

const sources = listSources();
const findings = judgeProject(sources.map(({ path, text }) => readModule(path, text)));
reportFindings('import rules', sources.length, findings);
