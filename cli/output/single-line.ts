/** Control characters, line ends and bidirectional overrides, which could corrupt a terminal. */
const HARMFUL = /[\p{Cc}\p{Zl}\p{Zp}\p{Bidi_Control}]/gu;

/** Replaces characters of user text that are unsafe on one line of a terminal. */
export function singleLine(text: string): string {
  return text.replace(HARMFUL, '�');
}
