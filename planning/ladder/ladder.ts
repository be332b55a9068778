import type { Plan, SourceVideo, VideoRung } from '#core/contracts/plan.js';
import type { Rational } from '#core/contracts/rational.js';
import type { UploadSettings } from '#core/contracts/upload-settings.js';
import type { Complexity } from '#planning/ladder/complexity.js';

export interface LadderInput {
  video: Pick<SourceVideo, 'displayWidth' | 'displayHeight' | 'range'>;
  frameRate: Rational;
  settings: UploadSettings;
  complexity: Complexity;
}

export interface Ladder {
  rungs: VideoRung[];
  omittedRungs: Plan['omittedRungs'];
}
