import type { LoadedRendition } from '#core/hls/check/presentation/loaded-presentation.js';
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

/** A finding about one variant, before its name is put in front. */
export interface VariantDefect {
  rule: RuleId;
  message: string;
}

/** Names a segment for messages. */
export const nameSegment = (rendition: LoadedRendition, segmentIndex: number): string =>
  `rendition ${rendition.name}: segment ${segmentIndex}`;

/** Formats a time for messages, to the millisecond. */
export const formatSeconds = (value: number): string => `${Number(value.toFixed(3))} s`;
