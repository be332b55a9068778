/** Control characters, line ends and direction overrides: what a name could do harm with in a terminal. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** User text made harmless for one line of a terminal. */
export function singleLine(text: string): string {
  return text.replace(HARMFUL, '�');
}
