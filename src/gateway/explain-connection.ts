/**
 * What would happen to a connection: every rule with the part that did or did not hold, then the egress address and its
 * health. Uses the compiled policy that is in force; sends nothing and leases nothing (users.md 23).
 */
import type { GeoLocation } from '../catalog/geolocation.ts';
import { chooseEgress, type EgressSurroundings } from '../egress/choose-egress.ts';
import { DEFAULT_PLAN, planEgress } from '../egress/egress-plan.ts';
import type { Identity } from '../identity/identity.ts';
import type { Facts } from '../policy/facts.ts';
import type { CompiledRule } from '../policy/rule.ts';
import type { Lease } from '../synthetic/lease.ts';
import { type Address, type Family, familyOf, formatAddress, parseAddress } from '../wire/address.ts';
import type { ExplainedEgress, ExplainQuery, Explanation } from './control.ts';
import { FlowFacts, type NamedFacts } from './datapath/flow-facts.ts';
import { describeName } from './describe-name.ts';
import { explainRules } from './explain-rules.ts';
import type { Gateway } from './gateway.ts';
import { requestError } from './request-error.ts';

type Owner = Pick<Gateway, 'policy' | 'geo' | 'leaseDesk' | 'inventory' | 'health' | 'secret'>;

/** Throws GatewayError EREFUSED for a query that names no destination, or an address that is none. */
export function explainConnection(query: ExplainQuery, owner: Owner): Explanation {
  const subject = readSubject(query, owner);
  const facts = describeSubject(query, subject);
  const { ruleSet, networkRules } = owner.policy.compiled;
  const block = networkRules.decide(facts);
  const isBlocked = block?.action === 'block';
  const rule = isBlocked ? block : ruleSet.decide(facts);
  const egress = (family: Family) =>
    isBlocked ? blocked(block) : explainEgress(family, rule, subject, owner);
  return {
    facts: listFacts(query, subject),
    user: subject.identity?.email ?? null,
    lease: subject.lease === undefined ? null : owner.leaseDesk.record(subject.lease),
    rules: explainRules([...networkRules.explain(facts), ...ruleSet.explain(facts)]),
    decidedBy: rule === undefined ? null : { id: rule.id, name: rule.name },
    ipv4: isOfInterest(4, subject) ? egress(4) : null,
    ipv6: isOfInterest(6, subject) ? egress(6) : null,
  };
}

interface Subject {
  readonly name: NamedFacts | undefined;
  readonly lease: Lease | undefined;
  readonly destination: Address | undefined;
  readonly source: Address | undefined;
  readonly destinationGeo: GeoLocation | undefined;
  readonly sourceGeo: GeoLocation | undefined;
  readonly identity: Identity | undefined;
}

function readSubject(query: ExplainQuery, { policy, geo, leaseDesk }: Owner): Subject {
  if (query.host === undefined && query.destination === undefined)
    throw requestError('Cannot explain a connection: a host or a destination is needed');
  const hostname = query.host?.toLowerCase().replace(/\.$/, '');
  const given = readAddress('destination', query.destination);
  const lease =
    hostname === undefined ? given && leaseDesk.pool.leaseOf(given) : leaseDesk.pool.find(hostname);
  const name = hostname ?? lease?.hostname;
  const real = lease?.real4?.addresses[0] ?? lease?.real6?.addresses[0];
  const isSynthetic = hostname === undefined && lease !== undefined;
  const source = readAddress('source', query.source);
  const destination = isSynthetic ? real : (given ?? real);
  const locate = (address: Address | undefined) => address && geo.geolocation.lookup(address);
  return {
    name: name === undefined ? undefined : describeName(name, policy.catalog),
    lease,
    destination,
    source,
    destinationGeo: locate(destination),
    sourceGeo: locate(source),
    identity: findIdentity(query, source, policy),
  };
}

function findIdentity(
  { user }: ExplainQuery,
  source: Address | undefined,
  { directory, identities }: Owner['policy'],
): Identity | undefined {
  if (user === undefined) return source && directory.identify(source, Date.now());
  const found = identities.find(({ identity }) => identity.email === user.toLowerCase());
  if (found === undefined)
    throw requestError(`Cannot explain for user ${user}: no device of this user is known`);
  return found.identity;
}

function describeSubject(query: ExplainQuery, subject: Subject): Facts {
  const connection = {
    client: subject.source,
    destination: subject.destination,
    clientGeo: subject.sourceGeo,
    destinationGeo: subject.destinationGeo,
    protocol: query.protocol ?? 'tcp',
    sourcePort: undefined,
    destinationPort: query.port ?? 443,
  };
  return new FlowFacts().describe(connection, subject.name, subject.identity);
}

/** Without a destination that is known, both families are of interest. */
function isOfInterest(family: Family, { destination, lease }: Subject): boolean {
  if (lease !== undefined && lease.real4 !== undefined && lease.real6 !== undefined) return true;
  return destination === undefined || familyOf(destination) === family;
}

function explainEgress(
  family: Family,
  rule: CompiledRule | undefined,
  { source, identity }: Subject,
  { inventory, health, secret }: Owner,
): ExplainedEgress {
  const plan = rule === undefined ? DEFAULT_PLAN : planEgress(inventory, rule.egress).plan;
  const surroundings: EgressSurroundings = { inventory, health: health.health, secret };
  const client = identity?.email ?? (source === undefined ? '' : formatAddress(source));
  const choice = chooseEgress(plan, family, client, surroundings);
  const { method } = family === 4 ? plan.ipv4 : plan.ipv6;
  if (typeof choice === 'string') return { address: null, method, role: null, uplink: null, reason: choice };
  const { state, reason } = health.describe(choice.index);
  return {
    address: formatAddress(choice.address),
    method: choice.method,
    role: choice.role,
    uplink: inventory.addresses[choice.index]?.uplink ?? null,
    reason: `${choice.role} address, ${state}: ${reason}`,
  };
}

function blocked({ name }: CompiledRule): ExplainedEgress {
  return { address: null, method: 'default', role: null, uplink: null, reason: `blocked by ${name}` };
}

function listFacts(
  query: ExplainQuery,
  { name, destination, source, destinationGeo, sourceGeo, identity }: Subject,
): Record<string, unknown> {
  return {
    'net.fqdn.host': name?.hostname ?? null,
    'net.fqdn.domains': name?.domains ?? [],
    'net.fqdn.content_category': name?.categoryIds ?? [],
    'app.ids': name?.applicationIds ?? [],
    'app.type.ids': name?.applicationTypeIds ?? [],
    'net.dst.ip': destination === undefined ? null : formatAddress(destination),
    'net.dst.geo.country': destinationGeo?.country ?? null,
    'net.dst.geo.continent': destinationGeo?.continent ?? null,
    'net.dst.port': query.port ?? 443,
    'net.protocol': query.protocol ?? 'tcp',
    'net.src.ip': source === undefined ? null : formatAddress(source),
    'net.src.geo.country': sourceGeo?.country ?? null,
    'net.src.geo.continent': sourceGeo?.continent ?? null,
    'identity.email': identity?.email ?? null,
    'identity.groups': identity?.groups.map((group) => group.name) ?? [],
  };
}

function readAddress(field: string, text: string | undefined): Address | undefined {
  if (text === undefined) return undefined;
  const address = parseAddress(text);
  if (address === undefined) throw requestError(`Cannot use ${text} as ${field}: it is no IP address`);
  return address;
}
