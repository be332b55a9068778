import type { RuleId } from '#core/hls/check/rules/rule-catalogue.js';

/** A finding about one variant, before its name is put in front. */
export interface VariantDefect {
  rule: RuleId;
  message: string;
}
