/** `syngate explain`: the rule that would decide a connection and why, and the address it would leave with. */
import { Command, Option } from 'commander';
import type { ExplainedEgress, ExplainedRule, Explanation } from '../../gateway/control/explanation.ts';
import { type CommandContext, connect, Options } from '../command-context.ts';
import { EXIT_STATUS } from '../exit-status.ts';
import { readPort } from '../parse-option.ts';
import { makePrintable } from '../terminal.ts';

export function makeExplainCommand(context: CommandContext): Command {
  const command = new Command('explain')
    .description('show which rule decides a connection and why, and its egress address')
    .option('-c, --config <file>', 'take the socket from this configuration')
    .option('--host <name>', 'the name that the client connects to')
    .option('--destination <ip>', 'a literal destination, or the real address to assume for --host')
    .option('--port <number>', 'destination port', readPort)
    .addOption(new Option('--proto <name>', 'protocol').choices(['tcp', 'udp', 'icmp']))
    .option('--src <ip>', "the client's address")
    // Aliases: other commands have these names for them.
    .addOption(new Option('--protocol <name>').choices(['tcp', 'udp', 'icmp']).hideHelp())
    .addOption(new Option('--client <ip>').hideHelp())
    .option('--user <mail>', 'the user, instead of the one behind --src');
  return command.action(async () => {
    const options = new Options(command);
    if (options.text('host') === undefined && options.text('destination') === undefined) {
      command.error("error: option '--host <name>' or '--destination <ip>' is needed");
    }
    const explanation = await connect(options, context).explain(readQuery(options));
    const lines = options.flag('json')
      ? [JSON.stringify(explanation, null, 2)]
      : showExplanation(explanation, context);
    for (const line of lines) context.terminal.print(line);
    const passes = [explanation.ipv4, explanation.ipv6].some(
      (egress) => egress !== null && egress.address !== null,
    );
    context.status = passes ? EXIT_STATUS.ok : EXIT_STATUS.no;
  });
}

function readQuery(options: Options): object {
  return {
    host: options.text('host'),
    destination: options.text('destination'),
    port: options.number('port'),
    protocol: options.text('proto') ?? options.text('protocol'),
    source: options.text('src') ?? options.text('client'),
    user: options.text('user'),
  };
}

function showExplanation(explanation: Explanation, context: CommandContext): string[] {
  const { bold } = context.terminal.colors;
  const { facts, user, lease, rules, decidedBy } = explanation;
  const factLines = Object.entries(facts).map(
    ([name, value]) => `  ${name} = ${makePrintable(JSON.stringify(value))}`,
  );
  const leaseText = lease === null ? 'none' : [lease.ipv4, lease.ipv6].filter(Boolean).join(' ');
  return [
    `${bold('user')}     ${makePrintable(user ?? 'unknown')}`,
    `${bold('lease')}    ${leaseText}`,
    bold('facts'),
    ...factLines,
    bold('rules'),
    ...rules.flatMap((rule) => showRule(rule, rule.id === decidedBy?.id, context)),
    `${bold('decided')}  ${makePrintable(decidedBy?.name ?? 'by no rule: the default egress method applies')}`,
    `${bold('IPv4')}     ${showEgress(explanation.ipv4, context)}`,
    `${bold('IPv6')}     ${showEgress(explanation.ipv6, context)}`,
  ];
}

function showRule(rule: ExplainedRule, decides: boolean, { terminal }: CommandContext): string[] {
  const { bold, dim, green, red } = terminal.colors;
  const verdict = rule.holds ? green('holds') : red('does not hold');
  const note = decides ? bold(' ← decides') : rule.enabled ? '' : dim(' (disabled)');
  const parts = rule.parts.flatMap(({ field, text, holds, because }) => [
    `      ${holds ? green('✓') : red('✗')} ${field}: ${makePrintable(text)}`,
    ...because.map((reason) => dim(`          ${makePrintable(reason)}`)),
  ]);
  return [
    `  ${String(rule.precedence).padStart(6)}  ${makePrintable(rule.name)}: ${verdict}${note}`,
    ...parts,
  ];
}

function showEgress(egress: ExplainedEgress | null, { terminal }: CommandContext): string {
  const { green, red, dim } = terminal.colors;
  if (egress === null) return dim('no answer for this family');
  const { address, method, role, uplink, reason } = egress;
  if (address === null) return `${red('refused')}: ${makePrintable(reason)}`;
  return `${green(address)} on ${uplink ?? '-'} (${method}, ${role ?? '-'}): ${makePrintable(reason)}`;
}
