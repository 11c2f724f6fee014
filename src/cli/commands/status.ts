/** `syngate status`: whether the gateway is running and healthy, and whether anything is being dropped. */
import type { Command } from 'commander';
import type { GatewayStatus } from '../../gateway/control/gateway-status.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { formatBytes, formatCount, formatDuration, formatNumberOf } from '../format-quantity.ts';
import { makePrintable } from '../terminal.ts';

export function makeStatusCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'status',
      description: 'show whether the gateway runs, its traffic and its drops',
      fetch: (client) => client.status(),
      show: showStatus,
    },
    context,
  );
}

function showStatus(status: GatewayStatus, { terminal }: CommandContext): string[] {
  const { bold, green, red, yellow } = terminal.colors;
  const { flows, flowLog, workers, leases, policy, resolver, egress, traffic } = status;
  const unproven = egress.unproven === 0 ? '' : `, ${yellow(`${egress.unproven} unproven`)}`;
  const resting = egress.resting === 0 ? '' : `, ${yellow(`${egress.resting} resting`)}`;
  const down = egress.down === 0 ? '' : `, ${red(`${egress.down} down`)}`;
  const facts: ReadonlyArray<readonly [string, string]> = [
    [
      'gateway',
      `${green('running')} for ${formatDuration(status.uptimeMs)}, version ${status.version}, pid ${status.pid}`,
    ],
    ['configuration', makePrintable(status.configFile)],
    ['policy', `${formatNumberOf(policy.rules, 'rule')} from ${makePrintable(policy.file ?? 'no file')}`],
    ['egress', `${egress.up} up${down}${resting}${unproven}`],
    [
      'flows',
      `${formatCount(flows.live)} live of ${formatCount(flows.capacity)}, ${formatCount(flows.opened)} opened`,
    ],
    ...(flowLog === null ? [] : [['flow log', describeFlowLog(flowLog, red)] as const]),
    ...(workers.length === 1 ? [] : [['workers', describeWorkers(workers)] as const]),
    ['leases', describeLeases(leases, red)],
    ['memory', formatBytes(status.memory.rss)],
    [
      'resolver',
      `${formatCount(resolver.queries)} queries, ${formatCount(resolver.synthesized)} synthesized, ${formatCount(resolver.failed)} failed`,
    ],
    ['out', `${formatCount(traffic.packetsOut)} packets, ${formatBytes(traffic.bytesOut)}`],
    ['in', `${formatCount(traffic.packetsIn)} packets, ${formatBytes(traffic.bytesIn)}`],
    ['violations', status.violations === 0 ? green('0') : red(formatCount(status.violations))],
  ];
  const lines = facts.map(([name, text]) => `${bold(name.padEnd(14))}${text}`);
  return [...lines, ...showDrops(status, bold)];
}

function describeLeases(
  { used, capacity, quarantined, isKept }: GatewayStatus['leases'],
  red: (text: string) => string,
): string {
  const complaint = isKept ? '' : `, ${red('not kept on disk')}`;
  return `${formatCount(used)} used of ${formatCount(capacity)}, ${formatCount(quarantined)} in quarantine${complaint}`;
}

function describeFlowLog(
  { path, lines, lost }: NonNullable<GatewayStatus['flowLog']>,
  red: (text: string) => string,
): string {
  const complaint = lost === 0 ? '' : `, ${red(`${formatCount(lost)} lost`)}`;
  return `${formatCount(lines)} lines to ${makePrintable(path)}${complaint}`;
}

function describeWorkers(workers: GatewayStatus['workers']): string {
  const flows = workers.map((worker) => formatCount(worker.flows)).join(', ');
  return `${workers.length}, with ${flows} flows`;
}

function showDrops({ drops }: GatewayStatus, bold: (text: string) => string): string[] {
  const counted = Object.entries(drops).toSorted(([, one], [, other]) => other - one);
  if (counted.length === 0) return [`${bold('dropped'.padEnd(14))}nothing`];
  return [
    bold('dropped'),
    ...counted.map(([reason, count]) => `  ${formatCount(count).padStart(10)}  ${makePrintable(reason)}`),
  ];
}
