/**
 * Checks what the schema cannot express: names that must exist or be unique, values that must fit together, addresses that must
 * not conflict (`check-addresses.ts`).
 */
import { quoteValue } from '../../report/describe-fault.ts';
import { SHORTEST_LEASE_MS } from '../../synthetic/lease-pool-options.ts';
import { LONGEST_IPV6_PREFIX, SHORTEST_IPV4_PREFIX } from '../../synthetic/synthetic-range.ts';
import { formatAddress, formatPrefix, type Prefix, prefixContains } from '../../wire/address.ts';
import { checkAddresses } from './check-addresses.ts';
import type { Config } from './config.ts';
import { type Finding, findRepeats } from './finding.ts';

/** All problems of the configuration; empty if it is valid. */
export function checkConfig(config: Config): Finding[] {
  return [
    ...checkNames(config),
    ...checkInterfaces(config),
    ...checkEgress(config),
    ...checkSynthetic(config),
    ...checkAddresses(config),
    ...checkForward(config),
  ];
}

function checkNames(config: Config): Finding[] {
  return [
    ...findRepeats(config.onramps.map(({ name }, index) => [name, ['onramps', index, 'name']] as const)),
    ...findRepeats(config.uplinks.map(({ name }, index) => [name, ['uplinks', index, 'name']] as const)),
  ];
}

/** Each interface has a single role: on-ramp, uplink, or the TUN. */
function checkInterfaces(config: Config): Finding[] {
  return findRepeats([
    [config.tun.name, ['tun', 'name']],
    ...config.onramps.map((onramp, index) => [onramp.interface, ['onramps', index, 'interface']] as const),
    ...config.uplinks.map((uplink, index) => [uplink.interface, ['uplinks', index, 'interface']] as const),
  ]);
}

function checkEgress({ egress, uplinks }: Config): Finding[] {
  const names = uplinks.map(({ name }) => name);
  const findings: Finding[] = egress.addresses.flatMap(({ uplink }, index) => {
    if (names.includes(uplink)) return [];
    const message = `Cannot use ${quoteValue(uplink)}: there is no such uplink, only ${names.join(', ')}`;
    return [{ path: ['egress', 'addresses', index, 'uplink'], message }];
  });
  const { probe } = egress;
  if (probe !== undefined && probe.timeoutMs > probe.intervalMs) {
    const message = `Cannot use ${probe.timeoutMs} ms: the next round begins after ${probe.intervalMs} ms`;
    findings.push({ path: ['egress', 'probe', 'timeout'], message });
  }
  const ipv4 = egress.defaultIpv4;
  const isKnown = (wanted: Prefix) =>
    egress.addresses.some(
      ({ prefix }) => prefix.length <= wanted.length && prefixContains(prefix, wanted.address),
    );
  if (ipv4 !== undefined && !isKnown({ address: ipv4, length: 32 })) {
    const message = `Cannot use "${formatAddress(ipv4)}": it is not one of egress.addresses`;
    findings.push({ path: ['egress', 'default', 'ipv4'], message });
  }
  if (egress.defaultIpv6 !== undefined && !isKnown(egress.defaultIpv6)) {
    const message = `Cannot use "${formatPrefix(egress.defaultIpv6)}": it is not one of egress.addresses`;
    findings.push({ path: ['egress', 'default', 'ipv6'], message });
  }
  return findings;
}

/** A smaller pool would have fewer addresses than a single web page has hostnames. */
const LONGEST_IPV4 = 28;

function checkSynthetic({ synthetic }: Config): Finding[] {
  const { ipv4, ipv6, leaseMs, ttlSeconds } = synthetic;
  const findings: Finding[] = [];
  const add = (key: string, message: string) => findings.push({ path: ['synthetic', key], message });
  if (ipv4 === undefined && ipv6 === undefined)
    add('ipv4', 'Cannot use null: ipv6 is null as well, so no name could be answered');
  if (ipv4 !== undefined && (ipv4.length < SHORTEST_IPV4_PREFIX || ipv4.length > LONGEST_IPV4)) {
    const wanted = `a range from /${SHORTEST_IPV4_PREFIX} to /${LONGEST_IPV4} is needed`;
    add('ipv4', `Cannot use "${formatPrefix(ipv4)}": ${wanted}`);
  }
  if (ipv6 !== undefined && ipv6.length > LONGEST_IPV6_PREFIX) {
    add('ipv6', `Cannot use "${formatPrefix(ipv6)}": a /${LONGEST_IPV6_PREFIX} or larger is needed`);
  }
  if (leaseMs < SHORTEST_LEASE_MS)
    add('lease', `Cannot use ${leaseMs / 1000} s: at least ${SHORTEST_LEASE_MS / 1000} s are needed`);
  if (ttlSeconds * 1000 > leaseMs) {
    add('ttl', `Cannot use ${ttlSeconds} s: an answer would outlive its lease of ${leaseMs / 1000} s`);
  }
  return findings;
}

/** Each domain must have a single set of upstreams. */
function checkForward({ resolver }: Config): Finding[] {
  return findRepeats(
    resolver.forward.flatMap(({ domains }, zone) =>
      domains.map((domain, index) => [domain, ['resolver', 'forward', zone, 'domains', index]] as const),
    ),
  );
}
