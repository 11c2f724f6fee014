/** `syngate dns`: the resolver's counters, its upstreams, and recent failures. */
import type { Command } from 'commander';
import type { DnsRecord, UpstreamRecord } from '../../gateway/control/dns-record.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { formatBytes, formatCount, formatDuration, formatNumberOf } from '../format-quantity.ts';
import { type Column, formatTable } from '../format-table.ts';

export function makeDnsCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'dns',
      description: 'show cache, upstreams, counters and recent failures of the resolver',
      fetch: (client) => client.dns(),
      show: showDns,
    },
    context,
  );
}

function showDns(dns: DnsRecord, context: CommandContext): string[] {
  const { bold } = context.terminal.colors;
  const { entries, bytes } = dns.cache;
  const counted = Object.entries(dns.counters).filter(([, count]) => count > 0);
  return [
    `cache     ${formatNumberOf(entries, 'answer')}, ${formatBytes(bytes)}`,
    '',
    ...showUpstreams(dns.upstreams, context),
    ...section(
      'COUNTERS',
      counted.map(([name, count]) => `${name}  ${formatCount(count)}`),
      bold,
    ),
    ...(dns.failures.length === 0 ? [] : ['', ...showFailures(dns.failures, bold)]),
  ];
}

function showUpstreams(upstreams: readonly UpstreamRecord[], { terminal }: CommandContext): string[] {
  const { bold, green, red } = terminal.colors;
  const columns: ReadonlyArray<Column<UpstreamRecord>> = [
    { title: 'UPSTREAM', cell: ({ server }) => server },
    {
      title: 'STATE',
      cell: ({ failures }) => (failures === 0 ? 'up' : 'down'),
      paint: (text, { failures }) => (failures === 0 ? green : red)(text),
    },
    {
      title: 'TIME',
      cell: ({ answerMs }) => (answerMs === null ? '-' : formatDuration(answerMs)),
      align: 'right',
    },
    { title: 'ANSWERS', cell: ({ answers }) => formatCount(answers), align: 'right' },
    { title: 'FOR', cell: ({ domains }) => domains.join(' ') || 'all else' },
    {
      title: 'LAST FAILURE',
      cell: ({ lastFailure }) => (lastFailure === null ? '-' : `${lastFailure.at} ${lastFailure.reason}`),
    },
  ];
  return formatTable(columns, upstreams, bold);
}

function showFailures(failures: DnsRecord['failures'], bold: (text: string) => string): string[] {
  const columns: ReadonlyArray<Column<DnsRecord['failures'][number]>> = [
    { title: 'NOT ANSWERED', cell: ({ host }) => host },
    { title: 'TYPE', cell: ({ type }) => type },
    { title: 'TIMES', cell: ({ times }) => formatCount(times), align: 'right' },
    { title: 'LAST', cell: ({ at }) => at },
    { title: 'REASON', cell: ({ reason }) => reason },
  ];
  return formatTable(columns, failures, bold);
}

function section(title: string, lines: readonly string[], bold: (text: string) => string): string[] {
  return lines.length === 0 ? [] : ['', bold(title), ...lines];
}
