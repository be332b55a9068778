import type { CliContext } from '#cli/context/cli-context.js';
import type { Output } from '#cli/output/events.js';
import { JsonOutput } from '#cli/output/json-output.js';
import { TextOutput } from '#cli/output/text-output.js';

export function createOutput(context: CliContext, json: boolean | undefined): Output {
  return json ? new JsonOutput(context.stdout) : new TextOutput(context.stdout);
}
