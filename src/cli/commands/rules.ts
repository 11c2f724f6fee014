/** `syngate rules`: the rules in force, in the order of evaluation. */
import type { Command } from 'commander';
import type { PolicyRule } from '../../gateway/config/policy-schema.ts';
import { type CommandContext, makeView } from '../command-context.ts';
import { type Column, formatTable } from '../format-table.ts';

export function makeRulesCommand(context: CommandContext): Command {
  return makeView(
    {
      name: 'rules',
      description: 'list the rules in force, in order of evaluation',
      fetch: (client) => client.rules(),
      show: showRules,
    },
    context,
  );
}

function showRules(rules: readonly PolicyRule[], { terminal }: CommandContext): string[] {
  if (rules.length === 0) return ['no rules: every connection leaves with the default egress address'];
  const { bold, dim } = terminal.colors;
  const columns: ReadonlyArray<Column<PolicyRule>> = [
    { title: 'PRECEDENCE', cell: ({ precedence }) => String(precedence ?? '-'), align: 'right' },
    { title: 'ENABLED', cell: ({ enabled }) => (enabled ? 'yes' : 'no') },
    { title: 'NAME', cell: ({ name }) => name },
    { title: 'EGRESS', cell: describeEgress },
    { title: 'CONDITIONS', cell: describeConditions },
  ];
  const paint = (text: string, { enabled }: PolicyRule) => (enabled ? text : dim(text));
  return formatTable(
    columns.map((column) => ({ ...column, paint })),
    rules,
    bold,
  );
}

function describeEgress({ rule_settings: settings }: PolicyRule): string {
  const { ipv4, ipv4_fallback: fallback, ipv6 } = settings?.egress ?? {};
  const texts = [
    ...(ipv4 ? [ipv4] : []),
    ...(fallback ? [`else ${fallback === '0.0.0.0' ? 'default' : fallback}`] : []),
    ...(ipv6 ? [ipv6] : []),
  ];
  const open = settings?.nat?.filtering === 'endpoint-independent' ? ', open' : '';
  const keeps = settings?.nat?.source_port === 'preserve' ? ', keeps ports' : '';
  return (texts.join(' ') || 'default') + open + keeps;
}

function describeConditions({ traffic, identity, device_posture: posture }: PolicyRule): string {
  return [traffic, identity, posture].filter(Boolean).join(' AND ') || 'always';
}
