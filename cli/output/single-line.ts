/** Control characters, line ends and direction overrides: what a name could do harm with in a terminal. */
const HARMFUL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\u202a-\u202e\u2066-\u2069]/g;

/** User text made harmless for one line of a terminal. */
export function singleLine(text: string): string {
  return text.replace(HARMFUL, '�');
}
