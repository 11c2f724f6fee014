/** `syngate policy …`: commands for policies that need no gateway. */
import { Command } from 'commander';
import type { CommandContext } from '../command-context.ts';
import { makePolicyCheckCommand } from './policy-check.ts';
import { makePolicyTestCommand } from './policy-test.ts';

export function makePolicyCommand(context: CommandContext): Command {
  return new Command('policy')
    .description('work with policies, offline')
    .addCommand(makePolicyCheckCommand(context))
    .addCommand(makePolicyTestCommand(context));
}
