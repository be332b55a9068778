import { CliError } from '#cli/context/cli-error.js';
import type { Output } from '#cli/output/events.js';
import type { TitleResource } from '#core/contracts/title-resource.js';
import { checkUrl } from '#core/hls/check/check-url.js';

/** Requests every rendition, whatever delivery would guess from this client's User-Agent. */
const everyRendition = 'h264,hevc,av1,hdr,4320p';

/**
 * Fetches every playlist and segment of a `ready` title through the edges, as players do, and checks them.
 * Rejects with the first MUST violation.
 */
export async function checkTitle(title: TitleResource, output: Output, signal: AbortSignal): Promise<void> {
  if (title.playlistUrl === undefined)
    throw new CliError(`Title ${title.titleId} is ready but has no playlist.`);
  const address = new URL(title.playlistUrl);
  address.searchParams.set('caps', everyRendition);
  const { figures, findings } = await checkUrl(address.href, {
    maxSegmentsPerRendition: Number.POSITIVE_INFINITY,
    signal,
  });
  const broken = findings.filter(({ severity }) => severity === 'MUST');
  output.emit({
    event: 'check',
    renditions: figures.renditions,
    segments: figures.segmentsRead,
    bytes: figures.bytesRead,
    must: broken.length,
    should: findings.length - broken.length,
  });
  const [first] = broken;
  if (first)
    throw new CliError(
      `check ${first.rule}: ${first.message} (${first.uri}; ${broken.length} findings in total)`,
    );
  if (figures.segmentsRead < figures.segments)
    throw new CliError(`Only ${figures.segmentsRead} of ${figures.segments} segments could be fetched.`);
}
