/** `syngate leases`: names with their synthetic and real addresses. */
import type { Command } from 'commander';
import type { LeaseRecord } from '../../gateway/control/lease-record.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { type Column, formatTable } from '../format-table.ts';

export function makeLeasesCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'leases',
      description: 'list leased names with their synthetic and real addresses',
      fetch: (client) => client.leases(),
      show: showLeases,
    },
    context,
  );
}

function showLeases(leases: readonly LeaseRecord[], { terminal }: CommandContext): string[] {
  if (leases.length === 0) return ['no leases'];
  const columns: ReadonlyArray<Column<LeaseRecord>> = [
    { title: 'HOST', cell: ({ host }) => host },
    { title: 'IPV4', cell: ({ ipv4 }) => ipv4 ?? '-' },
    { title: 'IPV6', cell: ({ ipv6 }) => ipv6 ?? '-' },
    { title: 'FLOWS', cell: ({ flows }) => String(flows), align: 'right' },
    { title: 'EXPIRES', cell: ({ expiresAt }) => expiresAt ?? '-' },
    { title: 'REAL', cell: ({ real4, real6 }) => [...real4, ...real6].join(' ') || '-' },
  ];
  return formatTable(columns, leases, terminal.colors.bold);
}
