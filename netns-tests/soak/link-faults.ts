/** Faults of the links: down, other MAC, narrower, slower, lossy, without offloads (FL-23, FL-24, FL-26, FL-34, FL-43, FL-44). */
import { setTimeout as sleep } from 'node:timers/promises';
import { EGRESS } from '../lab/topology.ts';
import { breakEgress, healEgress } from '../support/faults.ts';
import type { Fault, FaultContext } from './fault.ts';
import { startMeddling, stopMeddling } from './meddler.ts';

const EVERYTHING = ['silence', 'move', 'names', 'connect'] as const;
const NEXT_HOPS = ['198.51.100.254', '2001:db8:1::254'] as const;
const LOSS_TABLE = 'syngate_soak_loss';
/** Of a hundred packets, on each of three links. */
const LOST = 4;

export const LINK_FAULTS: readonly Fault[] = [
  { name: 'the uplink is down', effects: EVERYTHING, apply: takeUplinkDown },
  { name: 'the uplink flaps', effects: EVERYTHING, apply: flapUplink },
  { name: 'the next hop has another MAC address', effects: EVERYTHING, apply: changeNextHop },
  { name: 'the primary egress address is lost', effects: ['move'], apply: losePrimary },
  { name: 'the uplink is narrower', effects: [], apply: narrowUplink },
  { name: 'the uplink is slow', effects: [], apply: slowUplink },
  { name: 'packets are lost on all links', effects: ['silence', 'move', 'names'], apply: losePackets },
  { name: 'packets come twice, late and damaged', effects: [], apply: meddle },
  { name: 'no machine offloads', effects: [], apply: switchOffloads },
];

async function takeUplinkDown(context: FaultContext): Promise<void> {
  await setUplink(context, 'down');
  await sleep(4_000);
  await restoreUplink(context);
}

async function flapUplink(context: FaultContext): Promise<void> {
  for (let flap = 0; flap < 5; flap++) {
    await setUplink(context, 'down');
    await sleep(context.draw.below(400));
    await restoreUplink(context);
    await sleep(context.draw.below(400));
  }
}

async function setUplink(context: FaultContext, ...change: string[]): Promise<void> {
  await context.run('gw', ['ip', 'link', 'set', 'dev', 'wan0', ...change]);
}

/** The kernel forgets routes and IPv6 addresses with a link that goes down; the machine's administrator puts them back. */
async function restoreUplink(context: FaultContext): Promise<void> {
  await setUplink(context, 'up');
  await context.try('gw', ['ip', '-6', 'address', 'add', `${EGRESS.default6}/64`, 'dev', 'wan0', 'nodad']);
  for (const hop of NEXT_HOPS) await context.try('gw', ['ip', 'route', 'replace', 'default', 'via', hop]);
}

async function changeNextHop(context: FaultContext): Promise<void> {
  const link = await context.run('net', ['ip', 'link', 'show', 'eth0']);
  const [before = ''] = /(?<=ether )\S+/.exec(link) ?? [];
  const set = (mac: string) => context.run('net', ['ip', 'link', 'set', 'dev', 'eth0', 'address', mac]);
  await set('02:00:5e:00:53:77');
  await sleep(6_000);
  await set(before);
}

async function losePrimary({ lab }: FaultContext): Promise<void> {
  breakEgress(lab, [EGRESS.primary]);
  await sleep(8_000);
  healEgress(lab);
}

/** At both ends: a link that drops at one end what the other end may send loses large datagrams whatever the gateway does. */
async function narrowUplink(context: FaultContext): Promise<void> {
  const setMtu = async (bytes: number) => {
    await context.run('net', ['ip', 'link', 'set', 'dev', 'eth0', 'mtu', String(bytes)]);
    await setUplink(context, 'mtu', String(bytes));
  };
  await setMtu(1400);
  await sleep(5_000);
  await setMtu(1500);
}

/** Its queue is full whenever a transfer is under way: sends fail, and what is lost there is lost. */
async function slowUplink(context: FaultContext): Promise<void> {
  const limit = ['tbf', 'rate', '20mbit', 'burst', '70k', 'limit', '70k'];
  await context.run('gw', ['tc', 'qdisc', 'add', 'dev', 'wan0', 'root', ...limit]);
  await sleep(6_000);
  await context.run('gw', ['tc', 'qdisc', 'delete', 'dev', 'wan0', 'root']);
}

async function losePackets(context: FaultContext): Promise<void> {
  const rules = `table netdev ${LOSS_TABLE} {
  chain ingress {
    type filter hook ingress device "eth0" priority 0; policy accept;
    numgen random mod 100 < ${LOST} drop
  }
}
`;
  const hosts = ['alice', 'bob', 'net'] as const;
  for (const host of hosts) await context.run(host, ['nft', '-f', '-'], rules);
  await sleep(8_000);
  for (const host of hosts) await context.run(host, ['nft', 'delete', 'table', 'netdev', LOSS_TABLE]);
}

async function meddle(context: FaultContext): Promise<void> {
  const meddlers = [
    startMeddling(context.lab, 'alice', context.draw.below(1000)),
    startMeddling(context.lab, 'net', context.draw.below(1000)),
  ];
  await sleep(8_000);
  await Promise.all(meddlers.map(stopMeddling));
}

/** As on a machine whose network card does nothing: every packet is whole and small, on a side or on both. */
async function switchOffloads(context: FaultContext): Promise<void> {
  const links = [
    ['alice', 'eth0'],
    ['gw', 'lan-alice'],
    ['gw', 'wan0'],
    ['net', 'eth0'],
  ] as const;
  const switched = links.filter(() => context.draw.chance(0.7));
  const set = async (state: 'on' | 'off') => {
    for (const [host, device] of switched)
      await context.run(host, [
        'ethtool',
        '-K',
        device,
        'tx',
        state,
        'tso',
        state,
        'gso',
        state,
        'gro',
        state,
      ]);
  };
  await set('off');
  await sleep(6_000);
  await set('on');
}
