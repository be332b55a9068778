import { type ErrorData, ErrorDetails, ErrorTypes } from 'hls.js';
import { type Trouble, troubleOfAnswer } from '#web/words/trouble.js';

/** A fatal hls.js error in words; a problem document that the server sent says it in its own. */
export function explainPlaybackError(
  data: Pick<ErrorData, 'type' | 'details' | 'response' | 'networkDetails'>,
): Trouble {
  const status = data.response?.code ?? 0;
  if (data.details === ErrorDetails.MANIFEST_LOAD_ERROR && status >= 400)
    return troubleOfAnswer(status, bodyOf(data.networkDetails));
  if (data.type === ErrorTypes.NETWORK_ERROR) return networkTrouble(data.details, status);
  if (data.details === ErrorDetails.MANIFEST_INCOMPATIBLE_CODECS_ERROR)
    return {
      heading: 'This browser cannot decode the film',
      sentence: 'None of its renditions is in a format that is supported here. Another browser may play it.',
      code: data.details,
      retryable: false,
    };
  return {
    heading: 'The player had to stop',
    sentence: 'The film could not be decoded any further. Trying again starts where it stopped.',
    code: data.details,
    retryable: true,
  };
}

function networkTrouble(details: ErrorDetails, status: number): Trouble {
  return {
    heading: 'The film stopped arriving',
    sentence:
      status > 0
        ? `No edge could send the next piece: the last answer was status ${status}.`
        : 'No edge answered. The connection may be down, or every edge that has this title is.',
    code: details,
    retryable: true,
  };
}

function bodyOf(network: ErrorData['networkDetails']): string {
  const request = network as Partial<XMLHttpRequest> | null | undefined;
  // Any other responseType makes reading responseText throw.
  const isText = request?.responseType === '' || request?.responseType === 'text';
  return isText ? (request.responseText ?? '') : '';
}
