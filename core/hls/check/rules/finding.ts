import { type RuleId, ruleCatalogue } from '#core/hls/check/rules/rule-catalogue.js';

type Severity = 'MUST' | 'SHOULD';

/** One violation of one rule. */
export interface Finding {
  rule: RuleId;
  severity: Severity;
  /** The playlist or resource at fault. */
  uri: string;
  /** A clause that names the violation, the part at fault, and the deviation. */
  message: string;
}

export function finding(rule: RuleId, uri: string, message: string): Finding {
  return { rule, severity: ruleCatalogue[rule].severity, uri, message };
}
