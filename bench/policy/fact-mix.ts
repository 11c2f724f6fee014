/**
 * The connections that are decided: 40 of a hundred are aimed at a rule of the policy drawn at random (an earlier rule
 * may hold first), 20 go to a name of a list, 40 to names and addresses that nobody has heard of.
 */
import type { Facts } from '../../src/policy/evaluation/facts.ts';
import { loadFacts } from '../../src/policy/evaluation/load-facts.ts';
import { gatewayScheme } from '../../src/policy/language/gateway-scheme.ts';
import type { Draw } from '../../test/support/draw.ts';
import { drawList, type MixedList } from './list-mix.ts';
import type { Context, MixedRule } from './rule-mix.ts';
import {
  below,
  COUNTRIES,
  drawAddress,
  drawApplication,
  drawCategory,
  drawEmail,
  drawGroup,
  drawHost,
} from './world.ts';

export function makeFacts(
  draw: Draw,
  rules: readonly MixedRule[],
  lists: readonly MixedList[],
  count: number,
): Facts[] {
  return draw.some(count, () => {
    const context = { ...drawConnection(draw), ...drawAim(draw, rules, lists) };
    const { facts, unknownKeys } = loadFacts(withDomains(context), gatewayScheme);
    if (unknownKeys.length > 0)
      throw new Error(`Cannot make facts: no field is named ${unknownKeys.join(', ')}`);
    return facts;
  });
}

function drawAim(draw: Draw, rules: readonly MixedRule[], lists: readonly MixedList[]): Context {
  const share = draw.below(100);
  if (share < 40) return draw.one(rules).aim;
  if (share < 60) return { 'net.fqdn.host': below(draw, draw.one(drawList(draw, lists, 'DOMAIN').items)) };
  return {};
}

/** A connection as the gatekeeper describes it: a name with no rule, one of 5,000 people in one to four groups, https. */
function drawConnection(draw: Draw): Context {
  return {
    'net.fqdn.host': drawHost(draw),
    'net.fqdn.content_category': draw.some(draw.below(4), () => drawCategory(draw)),
    'app.ids': draw.chance(0.3) ? [drawApplication(draw)] : [],
    'net.dst.ip': drawAddress(draw),
    'net.dst.port': draw.chance(0.9) ? 443 : draw.one([80, 22, 8443, 993, 5060]),
    'net.dst.geo.country': draw.one(COUNTRIES),
    'net.src.internal_src_ip': `10.64.${draw.below(256)}.${draw.below(256)}`,
    'net.src.port': 32_768 + draw.below(28_000),
    'net.protocol': draw.chance(0.7) ? 'tcp' : 'udp',
    'identity.email': drawEmail(draw),
    'identity.groups': draw.some(1 + draw.below(4), () => {
      const group = drawGroup(draw);
      return { id: group, name: group, email: undefined };
    }),
  };
}

/** The name itself and all its parents, longest first. */
function withDomains(context: Context): Context {
  const labels = String(context['net.fqdn.host']).split('.');
  return { ...context, 'net.fqdn.domains': labels.map((_, index) => labels.slice(index).join('.')) };
}
