import type { Command } from 'commander';
import { locateEncoder } from '#cli/api/locate-encoder.js';
import { addCommonOptions } from '#cli/commands/common-options.js';
import type { CliContext, CommonOptions } from '#cli/context/cli-context.js';

export function addDeleteCommand(program: Command, context: CliContext): void {
  const command = program
    .command('delete')
    .description('delete a title and all its media')
    .argument('<id>', 'its id');
  addCommonOptions(command).action(async (titleId: string, options: CommonOptions) => {
    const { client } = await locateEncoder(context, options.data);
    await client.deleteTitle(titleId);
    context.stdout.write(
      options.json ? `${JSON.stringify({ titleId, deleted: true })}\n` : `Deleted title ${titleId}.\n`,
    );
  });
}
