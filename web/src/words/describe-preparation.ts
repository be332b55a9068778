import type { TitleSummary } from '#core/contracts/title-resource.js';
import { formatShare } from '#web/words/format-share.js';

export interface Preparation {
  heading: string;
  sentence: string;
  /** 0 to 1; undefined if the amount of work is unknown. */
  share?: number;
}

/** Describes the progress of a title to people who wait for it. Undefined if there is nothing to wait for. */
export function describePreparation(
  title: Pick<TitleSummary, 'state' | 'progress'>,
): Preparation | undefined {
  switch (title.state) {
    case 'uploading':
      return {
        heading: 'The video is being uploaded',
        sentence: 'This page updates itself when the upload ends.',
      };
    case 'queued':
      return {
        heading: 'The video is uploaded and waiting for a worker',
        sentence: 'The next free worker starts on it.',
      };
    case 'analysing':
      return {
        heading: 'The video is being analysed',
        sentence: 'Millrace measures the video and plans its renditions. It will play within seconds.',
      };
    case 'playable':
      return describeEncoding(title.progress);
    default:
      return undefined;
  }
}

function describeEncoding(progress: TitleSummary['progress']): Preparation {
  const { segmentsStored, segmentsTotal } = progress;
  if (segmentsTotal === 0) return { heading: 'Encoding', sentence: 'Encoding is about to start.' };
  const stored = `${segmentsStored} of ${segmentsTotal} segments are stored.`;
  return {
    heading: `Encoding, ${formatShare(segmentsStored, segmentsTotal)} done`,
    sentence: `${stored} You can already watch: the parts you play are encoded first.`,
    share: Math.min(segmentsStored / segmentsTotal, 1),
  };
}
