/** The command line as a whole: global options, commands, and the exit status. */
import { Command } from 'commander';
import { VERSION } from '../gateway/version.ts';
import type { CommandContext } from './command-context.ts';
import { makeCheckCommand } from './commands/check.ts';
import { makeClientsCommand } from './commands/clients.ts';
import { makeDnsCommand } from './commands/dns.ts';
import { makeDownCommand } from './commands/down.ts';
import { makeEgressCommand } from './commands/egress.ts';
import { makeExplainCommand } from './commands/explain.ts';
import { makeFlowsCommand } from './commands/flows.ts';
import { makeInitCommand } from './commands/init.ts';
import { makeLeasesCommand } from './commands/leases.ts';
import { makeListsCommand } from './commands/lists.ts';
import { makePolicyCommand } from './commands/policy.ts';
import { makeRulesCommand } from './commands/rules.ts';
import { makeRunCommand } from './commands/run.ts';
import { makeStatusCommand } from './commands/status.ts';
import { makeTraceCommand } from './commands/trace.ts';
import { makeUsersCommand } from './commands/users.ts';
import { reportError } from './exit-status.ts';
import type { Terminal } from './terminal.ts';

const COMMANDS = [
  makeInitCommand,
  makeRunCommand,
  makeDownCommand,
  makeCheckCommand,
  makePolicyCommand,
  makeExplainCommand,
  makeStatusCommand,
  makeFlowsCommand,
  makeTraceCommand,
  makeClientsCommand,
  makeUsersCommand,
  makeLeasesCommand,
  makeDnsCommand,
  makeEgressCommand,
  makeRulesCommand,
  makeListsCommand,
];

/** Runs the command line `words` (without the program's name); resolves to the exit status and never rejects. */
export async function runCommandLine(
  words: readonly string[],
  terminal: Terminal,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<number> {
  const context: CommandContext = { terminal, environment, status: 0 };
  const program = makeProgram(context);
  try {
    await program.parseAsync([...words], { from: 'user' });
    return context.status;
  } catch (error) {
    return reportError(error, terminal, program.opts().verbose === true);
  }
}

function makeProgram(context: CommandContext): Command {
  const { terminal } = context;
  const program = new Command('syngate')
    .description('A gateway that gives every connection the source address that the policy requires')
    .version(VERSION)
    .option('--json', 'machine-readable output')
    .option('-v, --verbose', 'a more detailed log, and errors with stack and causes')
    .option('--socket <path>', "the gateway's API socket (also SYNGATE_SOCKET)");
  for (const makeCommand of COMMANDS) program.addCommand(makeCommand(context));
  adopt(program, terminal);
  return program;
}

/** Prevents the command and its subcommands from ending the process or writing past the terminal. */
function adopt(command: Command, terminal: Terminal): void {
  command.exitOverride().configureOutput({
    writeOut: (text) => terminal.print(text.trimEnd()),
    writeErr: (text) => terminal.complain(text.trimEnd()),
  });
  for (const child of command.commands) adopt(child, terminal);
}
