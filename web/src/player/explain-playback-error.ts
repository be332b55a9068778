import { type ErrorData, ErrorDetails, ErrorTypes } from 'hls.js';
import { type Trouble, troubleOfAnswer } from '#web/words/trouble.js';

/** Explains a fatal hls.js error. Uses the sentence of the server's problem document, if it sent one. */
export function explainPlaybackError(
  data: Pick<ErrorData, 'type' | 'details' | 'response' | 'networkDetails'>,
): Trouble {
  const status = data.response?.code ?? 0;
  if (data.details === ErrorDetails.MANIFEST_LOAD_ERROR && status >= 400)
    return troubleOfAnswer(status, bodyOf(data.networkDetails));
  if (data.type === ErrorTypes.NETWORK_ERROR) return explainNetworkError(data.details, status);
  if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR)
    return {
      heading: 'This browser cannot decode the video',
      sentence: 'It supports none of the formats that this title is available in. Try another browser.',
      code: data.details,
      retryable: false,
    };
  return {
    heading: 'Playback stopped',
    sentence: 'The browser could not decode the video. If you try again, playback continues from here.',
    code: data.details,
    retryable: true,
  };
}

function explainNetworkError(details: ErrorDetails, status: number): Trouble {
  return {
    heading: 'The video stopped loading',
    sentence:
      status > 0
        ? `No edge could send the next segment. The last answer had status ${status}.`
        : 'No edge answered. Your connection may be down, or all edges are.',
    code: details,
    retryable: true,
  };
}

function bodyOf(network: ErrorData['networkDetails']): string {
  const request = network as Partial<XMLHttpRequest> | null | undefined;
  // With any other responseType, reading responseText throws.
  const isText = request?.responseType === '' || request?.responseType === 'text';
  return isText ? (request.responseText ?? '') : '';
}
