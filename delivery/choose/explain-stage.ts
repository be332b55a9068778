type StageName = 'filter' | 'panic' | 'cost' | 'tier' | 'affinity' | 'bound' | 'stickiness' | 'answer';

/** The result of one stage of choosing, for operators. */
export interface StageRecord {
  stage: StageName;
  note: string;
  dropped: { edgeId: string; reason: string }[];
}

/**
 * Receives each stage as it ends. Calling `record` builds the texts; with hundreds of edges that takes ten
 * times as long as the choice itself, so it happens only when an explanation is wanted.
 */
export type ExplainStage = (record: () => StageRecord) => void;

export const explainNothing: ExplainStage = () => undefined;
