export type StageName = 'filter' | 'panic' | 'cost' | 'tier' | 'affinity' | 'bound' | 'stickiness' | 'answer';

/** What one stage of choosing found, for people. */
export interface StageRecord {
  stage: StageName;
  note: string;
  dropped: { edgeId: string; reason: string }[];
}

/**
 * Told of every stage as it ends. The record is made only when somebody listens: on a fleet of hundreds, putting the
 * reasons into words costs ten times the choice itself.
 */
export type ExplainStage = (record: () => StageRecord) => void;

export const explainNothing: ExplainStage = () => undefined;
