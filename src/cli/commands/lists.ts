/** `syngate lists`: the lists that rules refer to, with size, file, and age of the copy in use. */
import type { Command } from 'commander';
import type { GatewayClient } from '../../api/client.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { formatCount, formatDuration } from '../format-quantity.ts';
import { type Column, formatTable } from '../format-table.ts';

type ListSummary = Awaited<ReturnType<GatewayClient['lists']>>[number];

export function makeListsCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'lists',
      description: 'list the lists that rules refer to, with their files and the age of the copies in use',
      fetch: (client) => client.lists(),
      show: showLists,
    },
    context,
  );
}

function showLists(lists: readonly ListSummary[], { terminal }: CommandContext): string[] {
  if (lists.length === 0) return ['no lists'];
  const columns: ReadonlyArray<Column<ListSummary>> = [
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'TYPE', cell: ({ type }) => type },
    { title: 'ENTRIES', cell: ({ entries }) => formatCount(entries), align: 'right' },
    { title: 'FILE', cell: ({ file }) => file ?? '-' },
    {
      title: 'AGE',
      cell: ({ file, updatedAt }) => (file === null ? '-' : formatAge(updatedAt)),
      align: 'right',
    },
    { title: 'ID', cell: ({ id }) => id },
  ];
  return formatTable(columns, lists, terminal.colors.bold);
}

function formatAge(time: string | null): string {
  return time === null ? '-' : formatDuration(Math.max(0, Date.now() - Date.parse(time)));
}
