import { type Command, InvalidArgumentError } from 'commander';

/** Adds `--data` and `--json`, which every command accepts. */
export function addCommonOptions(command: Command): Command {
  return command
    .option(
      '--data <dir>',
      'data folder (default: .millrace in the clone, or in the current folder of an installed package)',
    )
    .option('--json', 'write one JSON value per line to standard output, and nothing else');
}

/** Makes a commander parser for whole numbers from `min` to `max`. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === '' || !Number.isInteger(value) || value < min || value > max)
      throw new InvalidArgumentError(`expected a whole number from ${min} to ${max}.`);
    return value;
  };
}
