import { ErrorDetails, ErrorTypes } from 'hls.js';
import { describe, expect, it } from 'vitest';
import { explainPlaybackError } from '#web/player/explain-playback-error.js';

const request = (responseText: string): XMLHttpRequest =>
  ({ responseType: '', responseText }) as unknown as XMLHttpRequest;
const answer = (code: number): { url: string; code: number } => ({ url: 'http://x/', code });

describe('explainPlaybackError', () => {
  it("explains a refused playlist in the service's own words", () => {
    const body = '{"type":"urn:millrace:problem:deleted","detail":"This title was deleted on Monday."}';
    expect(
      explainPlaybackError({
        type: ErrorTypes.NETWORK_ERROR,
        details: ErrorDetails.MANIFEST_LOAD_ERROR,
        response: answer(410),
        networkDetails: request(body),
      }),
    ).toMatchObject({
      heading: 'This title has been deleted',
      sentence: 'This title was deleted on Monday.',
      code: 'deleted',
      retryable: false,
    });
  });

  it.each([
    [503, /status 503/],
    [0, /No edge answered/],
  ])('explains an edge that answers with status %d', (code, sentence) => {
    const trouble = explainPlaybackError({
      type: ErrorTypes.NETWORK_ERROR,
      details: ErrorDetails.FRAG_LOAD_ERROR,
      response: answer(code),
    });
    expect(trouble.sentence).toMatch(sentence);
    expect(trouble).toMatchObject({ code: 'fragLoadError', retryable: true });
  });

  it('does not offer to retry what this browser can never decode', () => {
    const trouble = explainPlaybackError({
      type: ErrorTypes.MEDIA_ERROR,
      details: ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR,
    });
    expect(trouble.retryable).toBe(false);
  });

  it('explains an error whose body cannot be read', () => {
    const binary = {
      responseType: 'arraybuffer',
      get responseText(): string {
        throw new Error('InvalidStateError');
      },
    } as unknown as XMLHttpRequest;
    expect(
      explainPlaybackError({
        type: ErrorTypes.NETWORK_ERROR,
        details: ErrorDetails.MANIFEST_LOAD_ERROR,
        response: answer(404),
        networkDetails: binary,
      }).heading,
    ).toBe('There is no such title');
  });
});
