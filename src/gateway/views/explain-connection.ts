/**
 * Explains what would happen to a connection: all rules with the parts that do and do not hold, then the egress address and its
 * health. Decides as the gatekeeper does, in the same order and by the policy in force, without sending anything or making a
 * lease.
 */
import { isSecurityCategory } from '../../catalog/gateway-ids.ts';
import { chooseEgress, type EgressSurroundings } from '../../egress/choose-egress.ts';
import { DEFAULT_PLAN, type EgressPlan, planEgress } from '../../egress/egress-plan.ts';
import type { Facts } from '../../policy/evaluation/facts.ts';
import type { CompiledRule } from '../../policy/rules/rule.ts';
import { type Family, formatAddress, formatPrefix } from '../../wire/address.ts';
import { addressWords } from '../../wire/address-words.ts';
import type { ExplainedEgress, ExplainQuery, Explanation } from '../control/explanation.ts';
import { DestinationCheck, type DestinationRules } from '../datapath/admission/destination-check.ts';
import { FlowFacts } from '../datapath/admission/flow-facts.ts';
import type { EgressProber } from '../egress/egress-prober.ts';
import type { LeaseIssuer } from '../names/lease-issuer.ts';
import type { GatewayPolicy } from '../policy/load-gateway-policy.ts';
import { explainRules } from './explain-rules.ts';
import { readSubject, type Subject, type SubjectSources, type Target } from './explain-subject.ts';

export interface ExplainSurroundings {
  readonly policy: SubjectSources['policy'] & Pick<GatewayPolicy, 'compiled'>;
  readonly geolocation: SubjectSources['geolocation'];
  readonly leaseIssuer: Pick<LeaseIssuer, 'record'> & { readonly pool: SubjectSources['pool'] };
  readonly health: Pick<EgressProber, 'describe'>;
  /** The same as in the workers. */
  readonly egress: EgressSurroundings;
  readonly destinations: DestinationRules;
}

/** Throws GatewayError EREFUSED for a query without a destination, or with an invalid address or an unknown user. */
export function explainConnection(query: ExplainQuery, surroundings: ExplainSurroundings): Explanation {
  const { policy, geolocation, leaseIssuer, destinations } = surroundings;
  const { synthetic } = destinations;
  const subject = readSubject(query, { policy, geolocation, pool: leaseIssuer.pool, synthetic });
  const cases = subject.targets.map((target) => decideTarget(query, subject, target, surroundings));
  const [first] = cases;
  const { ruleSet, networkRules } = policy.compiled;
  const egressOf = (family: Family) => cases.find(({ target }) => target.family === family)?.egress ?? null;
  return {
    facts: listFacts(query, subject, first?.target),
    user: subject.identity?.email ?? null,
    lease: subject.lease === undefined ? null : leaseIssuer.record(subject.lease),
    rules:
      first === undefined
        ? []
        : explainRules([...networkRules.explain(first.facts), ...ruleSet.explain(first.facts)]),
    decidedBy: first?.rule === undefined ? null : { id: first.rule.id, name: first.rule.name },
    ipv4: egressOf(4),
    ipv6: egressOf(6),
  };
}

/** The outcome for the connection in one address family. */
interface Case {
  readonly target: Target;
  readonly facts: Facts;
  /** The rule that decides; undefined if the connection is refused before the policy is evaluated. */
  readonly rule: CompiledRule | undefined;
  readonly egress: ExplainedEgress;
}

function decideTarget(
  query: ExplainQuery,
  subject: Subject,
  target: Target,
  surroundings: ExplainSurroundings,
): Case {
  const { ruleSet, networkRules } = surroundings.policy.compiled;
  const facts = describeTarget(query, subject, target);
  const refused =
    target.refused ?? checkDestination(target, surroundings.destinations, subject.name !== undefined);
  if (refused !== undefined) return { target, facts, rule: undefined, egress: refuse(refused) };
  const block = networkRules.decide(facts);
  if (block?.action === 'block')
    return { target, facts, rule: block, egress: refuse(`blocked by ${block.name}`) };
  const rule = ruleSet.decide(facts);
  return { target, facts, rule, egress: explainEgress(target.family, rule, subject, surroundings) };
}

function describeTarget(query: ExplainQuery, subject: Subject, target: Target): Facts {
  const connection = {
    client: subject.source,
    virtualNetworkId: subject.virtualNetworkId,
    destination: target.destination,
    clientGeo: subject.sourceGeo,
    destinationGeo: target.destinationGeo,
    protocol: query.protocol ?? 'tcp',
    sourcePort: undefined,
    destinationPort: query.port ?? 443,
  };
  return new FlowFacts().describe(connection, subject.name, subject.identity);
}

function checkDestination(
  { family, destination }: Target,
  rules: DestinationRules,
  isNamed: boolean,
): string | undefined {
  return destination && new DestinationCheck(rules).refuse(family, addressWords(destination), 0, isNamed);
}

function refuse(reason: string): ExplainedEgress {
  return { address: null, method: 'default', role: null, uplink: null, reason };
}

function explainEgress(
  family: Family,
  rule: CompiledRule | undefined,
  { source, identity }: Subject,
  { egress, health }: ExplainSurroundings,
): ExplainedEgress {
  const plan = rule === undefined ? DEFAULT_PLAN : planEgress(egress.inventory, rule.egress).plan;
  const client = identity?.email ?? (source && formatAddress(source));
  const choice = chooseEgress(plan, family, client ?? '', egress);
  const { method } = family === 4 ? plan.ipv4 : plan.ipv6;
  if (typeof choice === 'string') return { address: null, method, role: null, uplink: null, reason: choice };
  const { state, reason } = health.describe(choice.index);
  const range = client === undefined && family === 6 ? findRange(plan, egress) : undefined;
  return {
    address: range ?? formatAddress(choice.address),
    method: choice.method,
    role: choice.role,
    uplink: egress.inventory.addresses[choice.index]?.uplink ?? null,
    reason: `${choice.role} address, ${state}: ${reason}`,
  };
}

/** The address within an IPv6 range depends on the client: without one, only the range is known. */
function findRange({ ipv6 }: EgressPlan, { inventory }: EgressSurroundings): string | undefined {
  const prefix = ipv6.method === 'default' ? inventory.default6?.prefix : ipv6.primary?.prefix;
  return prefix === undefined || prefix.length === 128 ? undefined : formatPrefix(prefix);
}

function listFacts(
  query: ExplainQuery,
  { name, source, sourceGeo, identity, virtualNetworkId }: Subject,
  target: Target | undefined,
): Record<string, unknown> {
  const protocol = query.protocol ?? 'tcp';
  const { destination, destinationGeo } = target ?? {};
  return {
    'net.fqdn.host': name?.hostname ?? null,
    ...(name === undefined || name.aliases.length === 0 ? {} : { 'CNAME targets': name.aliases }),
    'net.fqdn.domains': name?.domains ?? [],
    'net.fqdn.content_category': name?.categoryIds ?? [],
    'net.fqdn.security_category': name?.categoryIds.filter(isSecurityCategory) ?? [],
    'app.ids': name?.applicationIds ?? [],
    'app.type.ids': name?.applicationTypeIds ?? [],
    'net.dst.ip': destination === undefined ? null : formatAddress(destination),
    'net.dst.geo.country': destinationGeo?.country ?? null,
    'net.dst.geo.continent': destinationGeo?.continent ?? null,
    'net.dst.port': protocol === 'icmp' ? null : (query.port ?? 443),
    'net.protocol': protocol,
    'net.src.ip': source === undefined ? null : formatAddress(source),
    'net.vnet_id': virtualNetworkId ?? null,
    'net.src.geo.country': sourceGeo?.country ?? null,
    'net.src.geo.continent': sourceGeo?.continent ?? null,
    'identity.email': identity?.email ?? null,
    'identity.groups': identity?.groups.map((group) => group.name) ?? [],
  };
}
