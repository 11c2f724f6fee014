/** Runs inside a namespace for host.test.ts: `host-driver.ts up|down|counters|uplink CONFIG`; prints JSON. */
import { loadConfig } from '../src/gateway/config/load-config.ts';
import { readGuardCounters } from '../src/gateway/host/read-guard-counters.ts';
import { readUplink } from '../src/gateway/host/read-uplink.ts';
import { setUpHost } from '../src/gateway/host/set-up-host.ts';
import { tearDownHost } from '../src/gateway/host/tear-down-host.ts';
import { formatAddress, formatPrefix } from '../src/wire/address.ts';
import { formatMac } from '../src/wire/mac-address.ts';

const [, , verb = '', file = ''] = process.argv;
const config = loadConfig(file);
console.log(JSON.stringify((await perform()) ?? null));

async function perform(): Promise<unknown> {
  if (verb === 'up') return (await setUpHost(config)).warnings;
  if (verb === 'down') return tearDownHost(config);
  if (verb === 'counters') return readGuardCounters();
  const uplink = await readUplink('wan0');
  return {
    ...uplink,
    mac: uplink.mac && formatMac(uplink.mac),
    addresses: uplink.addresses.map(formatAddress),
    connected: uplink.connected.map(formatPrefix),
    nextHop4: uplink.nextHop4 && formatAddress(uplink.nextHop4),
    nextHop6: uplink.nextHop6 && formatAddress(uplink.nextHop6),
  };
}
