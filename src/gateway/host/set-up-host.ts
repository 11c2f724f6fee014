/**
 * Makes the host a gateway: guard, TUN, routes, forwarding, in this order, so that at no moment could a client's packet
 * leave untranslated. Idempotent: can be run again at any time, also over a half-finished state.
 */
import { existsSync } from 'node:fs';
import { type Address, formatAddress, prefixContains } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import { type EgressOwnership, planOwnership } from './egress-ownership.ts';
import { type HostFacts, readHostFacts, refuseMissing, refuseTakenTun } from './host-facts.ts';
import { type HostMarks, readHostMarks } from './host-marks.ts';
import { planGuard } from './plan-guard.ts';
import { chooseMtu, planSteering, planTun } from './plan-routing.ts';
import { planForwarding, planTunSysctls } from './plan-sysctls.ts';
import { readUplink, type UplinkFacts } from './read-uplink.ts';
import { findStaleChanges, forgetStaleChanges, rememberHost } from './remember-host.ts';
import { removeTun } from './remove-tun.ts';
import { runCommand, runCommands } from './run-command.ts';
import { type Sysctl, writeSysctls } from './sysctl.ts';

export interface HostSetUp {
  /** Bytes; that of the TUN. */
  readonly mtu: number;
  /** One for each uplink of the configuration, in its order. */
  readonly uplinks: readonly UplinkFacts[];
  /** One for each egress address of the configuration, in its order. */
  readonly ownership: readonly EgressOwnership[];
  /** The host's own addresses, on every interface, from before the TUN had its own. */
  readonly addresses: readonly Address[];
  /** By which it shows later whether a part has been undone. */
  readonly marks: HostMarks;
  /** What the operator should know, such as addresses of the host that fall silent on an uplink. */
  readonly warnings: readonly string[];
}

/** Throws GatewayError EBUSY or EHOST; then what was done stays (it only ever closes), and `tearDownHost` undoes it. */
export async function setUpHost(config: Config): Promise<HostSetUp> {
  const facts = await readHostFacts(config);
  refuseMissing(config, facts);
  refuseTakenTun(config, facts);
  const uplinks = await Promise.all(config.uplinks.map((uplink) => readUplink(uplink.interface)));
  const made = await makeGateway(config, facts);
  return {
    ...made,
    uplinks,
    warnings: [...findSilenced(config, uplinks), ...findIgnoredNextHops(config, uplinks)],
  };
}

/**
 * The same for a gateway that runs and whose host has changed. An interface that is gone is left out until it is back; the
 * others do not wait for it. Throws GatewayError EHOST likewise.
 */
export async function renewHost(config: Config): Promise<Omit<HostSetUp, 'uplinks' | 'warnings'>> {
  return makeGateway(config, await readHostFacts(config));
}

async function makeGateway(
  config: Config,
  facts: HostFacts,
): Promise<Omit<HostSetUp, 'uplinks' | 'warnings'>> {
  const forwarding = planForwarding(config, facts).filter(({ key }) => isThere(key, config.tun.name));
  rememberHost(config, facts, forwarding);
  await runCommand(['nft', '-f', '-'], { input: planGuard(config, facts) });
  await runCommands(planTun(config, facts));
  writeSysctls(planTunSysctls(config, facts));
  await runCommands(planSteering(config, facts));
  writeSysctls(forwarding);
  await undoStale(config, facts, forwarding);
  return {
    mtu: chooseMtu(config, facts),
    ownership: planOwnership(config, facts),
    addresses: facts.addresses,
    marks: await readHostMarks(config),
  };
}

/** The TUN, which is made only after this is asked, is there. */
function isThere(key: string, tun: string): boolean {
  return existsSync(`/proc/sys/${key}`) || key.split('/').includes(tun);
}

async function undoStale(config: Config, facts: HostFacts, planned: readonly Sysctl[]): Promise<void> {
  const stale = findStaleChanges(config, planned);
  writeSysctls(stale.sysctls);
  await removeTun(stale.tun);
  forgetStaleChanges(config, facts, planned);
}

function findSilenced(config: Config, uplinks: readonly UplinkFacts[]): string[] {
  return uplinks.flatMap((uplink, index) => {
    const name = config.uplinks[index]?.name;
    const egress = config.egress.addresses.filter((address) => address.uplink === name);
    return uplink.addresses
      .filter(
        (address) => !isLinkLocal(address) && !egress.some(({ prefix }) => prefixContains(prefix, address)),
      )
      .map(
        (address) =>
          `The host's own address ${formatAddress(address)} on ${uplink.interface} is no egress address of uplink ` +
          `${name}: the host can neither send from it nor be reached at it there`,
      );
  });
}

function findIgnoredNextHops(config: Config, uplinks: readonly UplinkFacts[]): string[] {
  return config.uplinks.flatMap(({ name, interface: link, nextHop4, nextHop6 }, index) =>
    uplinks[index]?.carries !== 'frames' && (nextHop4 ?? nextHop6) !== undefined
      ? [`The next hop of uplink ${name} is ignored: ${link} is a point-to-point interface`]
      : [],
  );
}

function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;
}
