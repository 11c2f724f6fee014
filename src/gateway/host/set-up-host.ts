/**
 * Makes the host a gateway: guard, TUN, routes, forwarding, in this order, so that at no moment a client's packet
 * could leave as it came. Can be run again at any time, also over a half-made state, and ends the same.
 */
import { type Address, formatAddress, prefixContains } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import { type EgressOwnership, planOwnership } from './egress-ownership.ts';
import { type HostFacts, readHostFacts } from './host-facts.ts';
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
  /** What the operator should know, such as addresses of the host that fall silent on an uplink. */
  readonly warnings: readonly string[];
}

/** Throws GatewayError EHOST; then what was done stays (it only ever closes), and `tearDownHost` undoes it. */
export async function setUpHost(config: Config): Promise<HostSetUp> {
  const facts = await readHostFacts(config);
  const uplinks = await Promise.all(config.uplinks.map((uplink) => readUplink(uplink.interface)));
  const forwarding = planForwarding(config, facts);
  rememberHost(config, facts, forwarding);
  await runCommand(['nft', '-f', '-'], { input: planGuard(config, facts) });
  await runCommands(planTun(config, facts));
  writeSysctls(planTunSysctls(config, facts));
  await runCommands(planSteering(config, facts));
  writeSysctls(forwarding);
  await undoStale(config, facts, forwarding);
  return {
    mtu: chooseMtu(config, facts),
    uplinks,
    ownership: planOwnership(config, facts),
    addresses: facts.addresses,
    warnings: findSilenced(config, uplinks),
  };
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

function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && ((address[1] ?? 0) & 0xc0) === 0x80;
}
