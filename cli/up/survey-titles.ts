import type { EncoderClient } from '#cli/api/encoder-client.js';
import type { TitleResource } from '#core/contracts/title-resource.js';

/** More are not counted: that would delay the start. */
const maxCountedTitles = 1_000;
const maxNewestTitles = 10;

/**
 * Counts an instance's titles, up to 1,000, and returns the newest ten that are not damaged, newest first.
 */
export async function surveyTitles(
  client: Pick<EncoderClient, 'listTitles'>,
): Promise<{ newest: TitleResource[]; count: number }> {
  const newest: TitleResource[] = [];
  let count = 0;
  for await (const title of client.listTitles(maxCountedTitles)) {
    count += 1;
    if (title.state !== 'damaged' && newest.length < maxNewestTitles) newest.push(title);
  }
  return { newest, count };
}
