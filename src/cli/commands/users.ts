/** `syngate users`: the policy's users, with their devices, addresses and number of flows. */
import type { Command } from 'commander';
import type { UserRecord } from '../../gateway/control/client-record.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { formatCount } from '../format-quantity.ts';
import { type Column, formatTable } from '../format-table.ts';

export function makeUsersCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'users',
      description: 'list the users, with their groups, devices and addresses',
      fetch: (client) => client.users(),
      show: showUsers,
    },
    context,
  );
}

function showUsers(users: readonly UserRecord[], { terminal }: CommandContext): string[] {
  if (users.length === 0) return ['no users'];
  const columns: ReadonlyArray<Column<UserRecord>> = [
    { title: 'EMAIL', cell: ({ email }) => email },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'FLOWS', cell: ({ flows }) => formatCount(flows), align: 'right' },
    { title: 'GROUPS', cell: ({ groups }) => groups.join(', ') || '-' },
    { title: 'DEVICES', cell: ({ devices }) => devices.join(', ') || '-' },
    { title: 'ADDRESSES', cell: ({ addresses }) => addresses.join(' ') || '-' },
    { title: 'EXPIRES', cell: ({ expiresAt }) => expiresAt ?? '-' },
  ];
  return formatTable(columns, users, terminal.colors.bold);
}
