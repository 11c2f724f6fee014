/** `syngate egress`: the egress addresses, their health and their use. */
import type { Command } from 'commander';
import type { EgressRecord } from '../../gateway/control/egress-record.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { formatCount, formatNumberOf } from '../format-quantity.ts';
import { type Column, formatTable } from '../format-table.ts';

export function makeEgressCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'egress',
      description: 'list the egress addresses, their health and their use',
      fetch: (client) => client.egress(),
      show: showEgress,
    },
    context,
  );
}

function showEgress(addresses: readonly EgressRecord[], { terminal }: CommandContext): string[] {
  const { bold, green, red, yellow } = terminal.colors;
  const paintHealth = { up: green, down: red, unproven: yellow, resting: yellow };
  const columns: ReadonlyArray<Column<EgressRecord>> = [
    { title: 'ADDRESS', cell: ({ address }) => address },
    { title: 'HEALTH', cell: ({ health }) => health, paint: (text, { health }) => paintHealth[health](text) },
    { title: 'SINCE', cell: ({ since }) => since ?? '-' },
    { title: 'UPLINK', cell: ({ uplink }) => uplink },
    { title: 'LOCATION', cell: ({ location }) => location ?? '-' },
    { title: 'USE', cell: describeUse },
    { title: 'FLOWS', cell: ({ flows }) => formatCount(flows), align: 'right' },
    {
      title: 'PORTS',
      cell: ({ ports }) => `${formatCount(ports.used)}/${formatCount(ports.capacity)}`,
      align: 'right',
    },
    { title: 'REASON', cell: ({ reason }) => reason },
  ];
  return formatTable(columns, addresses, bold);
}

function describeUse({ isDefault, isShared, rules }: EgressRecord): string {
  const uses = [
    ...(isDefault ? ['default'] : []),
    ...(isShared ? ['shared'] : []),
    ...(rules.length === 0 ? [] : [formatNumberOf(rules.length, 'rule')]),
  ];
  return uses.join(', ') || 'none';
}
