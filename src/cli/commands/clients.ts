/** `syngate clients`: inner addresses, the identity behind each, and its use of resources. */
import type { Command } from 'commander';
import type { ClientRecord } from '../../gateway/control/client-record.ts';
import { type CommandContext, makeView, type Options } from '../command-context.ts';
import { formatCount } from '../format-quantity.ts';
import { type Column, formatTable } from '../format-table.ts';
import { readLimit } from '../parse-option.ts';

export function makeClientsCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'clients',
      description: 'list inner addresses that are known or in use, with user, device and resources',
      prepare: (command) =>
        command
          .option('--user <mail>', 'only those of one user')
          .option('--limit <number>', 'at most this many', readLimit),
      fetch: (client, options) => client.clients(readFilter(options)),
      show: showClients,
    },
    context,
  );
}

function readFilter(options: Options): { user?: string; limit?: string } {
  const [user, limit] = [options.text('user'), options.number('limit')];
  return {
    ...(user === undefined ? {} : { user }),
    ...(limit === undefined ? {} : { limit: String(limit) }),
  };
}

function showClients(clients: readonly ClientRecord[], { terminal }: CommandContext): string[] {
  if (clients.length === 0) return ['no clients'];
  const columns: ReadonlyArray<Column<ClientRecord>> = [
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'USER', cell: ({ user }) => user ?? '-' },
    { title: 'DEVICE', cell: ({ device }) => device ?? '-' },
    { title: 'FLOWS', cell: ({ flows }) => formatCount(flows), align: 'right' },
    { title: 'PORTS', cell: ({ ports }) => formatCount(ports), align: 'right' },
    { title: 'LEASES', cell: ({ leases }) => formatCount(leases), align: 'right' },
    { title: 'NETWORK', cell: ({ virtualNetwork }) => virtualNetwork ?? '-' },
    { title: 'EXPIRES', cell: ({ expiresAt }) => expiresAt ?? '-' },
    { title: 'GROUPS', cell: ({ groups }) => groups.join(', ') || '-' },
  ];
  return formatTable(columns, clients, terminal.colors.bold);
}
