/** Whether `head` holds one of these byte strings (one character a byte) at `offset`. */
export function hasMagic(head: Buffer, offset: number, ...alternatives: readonly string[]): boolean {
  return alternatives.some((magic) => head.toString('latin1', offset, offset + magic.length) === magic);
}
