/** `syngate flows`: live connections, with the name each was made to and the address it leaves with. */
import { type Command, Option } from 'commander';
import type { FlowRecord } from '../../gateway/control/flow-record.ts';
import { type CommandContext, makeView, type Options } from '../command-context.ts';
import { formatBytes, formatDuration, formatEndpoint } from '../format-quantity.ts';
import { type Column, formatTable } from '../format-table.ts';
import { readLimit } from '../parse-option.ts';

const FILTERS = ['client', 'host', 'egress', 'rule', 'protocol'] as const;

export function makeFlowsCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'flows',
      description: 'list live connections with user, name, rule and egress address',
      prepare: addFilters,
      fetch: (client, options) => client.flows(readFilters(options)),
      show: showFlows,
    },
    context,
  );
}

function addFilters(command: Command): Command {
  return command
    .option('--client <ip>', 'only those of one client')
    .option('--host <name>', 'only those to a name or names below it')
    .option('--egress <ip>', 'only those with an egress address')
    .option('--rule <id>', 'only those that a rule decided')
    .addOption(new Option('--protocol <name>', 'only one protocol').choices(['tcp', 'udp', 'icmp']))
    .option('--limit <number>', 'at most this many', readLimit);
}

function readFilters(options: Options): Record<string, string> {
  const filters = FILTERS.map((name) => [name, options.text(name)] as const);
  const limit = options.number('limit');
  const all = [...filters, ['limit', limit === undefined ? undefined : String(limit)] as const];
  return Object.fromEntries(
    all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const])),
  );
}

function showFlows(flows: readonly FlowRecord[], { terminal }: CommandContext): string[] {
  if (flows.length === 0) return ['no flows'];
  const { bold, yellow } = terminal.colors;
  const columns: ReadonlyArray<Column<FlowRecord>> = [
    { title: 'PROTO', cell: ({ protocol }) => protocol },
    { title: 'STATE', cell: ({ state }) => state },
    { title: 'CLIENT', cell: ({ client }) => formatEndpoint(client) },
    { title: 'USER', cell: ({ user }) => user ?? '-' },
    { title: 'HOST', cell: ({ host }) => host ?? '-' },
    { title: 'REAL', cell: ({ real }) => formatEndpoint(real) },
    {
      title: 'EGRESS',
      cell: ({ egress }) => formatEndpoint(egress),
      paint: (text, { role }) => (role === 'secondary' ? yellow(text) : text),
    },
    { title: 'ROLE', cell: ({ role }) => role },
    { title: 'AGE', cell: ({ ageMs }) => formatDuration(ageMs), align: 'right' },
    { title: 'OUT', cell: ({ bytesOut }) => formatBytes(bytesOut), align: 'right' },
    { title: 'IN', cell: ({ bytesIn }) => formatBytes(bytesIn), align: 'right' },
    { title: 'RULE', cell: ({ rule }) => rule?.name ?? '-' },
  ];
  return formatTable(columns, flows, bold);
}
