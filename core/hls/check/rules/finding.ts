import { type RuleId, ruleCatalogue } from '#core/hls/check/rules/rule-catalogue.js';

export type Severity = 'MUST' | 'SHOULD';

/** One thing that breaks one rule. */
export interface Finding {
  rule: RuleId;
  severity: Severity;
  /** The playlist or resource it is about. */
  uri: string;
  /** A sentence: what, which, how far off. */
  message: string;
}

export function finding(rule: RuleId, uri: string, message: string): Finding {
  return { rule, severity: ruleCatalogue[rule].severity, uri, message };
}
