import { type Command, InvalidArgumentError } from 'commander';

/** `--data` and `--json`, which every command takes. */
export function addCommonOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'the data folder (default: .millrace in the clone, else in the current folder)')
    .option('--json', 'write one JSON value a line to standard output, and nothing else');
}

/** A commander parser of whole numbers in a range. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`want a whole number from ${min} to ${max}.`);
    return value;
  };
}
