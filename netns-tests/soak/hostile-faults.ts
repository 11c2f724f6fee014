/** What hostile neighbours do, at bounded rates: floods, fragments, malformed packets, scans (FL-01, FL-04 to FL-10, FL-21). */
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CLIENT_ADDRESSES, EGRESS } from '../lab/topology.ts';
import { icmp, ipv4, ipv6, PROTOCOL, tcp, udp } from '../support/frames.ts';
import { linkHeader } from '../support/probe.ts';
import type { Fault, FaultContext } from './fault.ts';

/** A client that nobody knows: its limits are its own. */
const STRANGER = { 4: '10.64.0.66', 6: 'fd00:64::66' } as const;
const BURSTS = 12;
const BURST_EVERY_MS = 300;
const SENDER = path.join(import.meta.dirname, '../support/send-frames.py');
const MORE_FRAGMENTS = 0x2000;
const FRAGMENT_HEADER = 44;

type Make = (context: FaultContext) => readonly { family: 4 | 6; packet: Buffer }[];

export const HOSTILE_FAULTS: readonly Fault[] = [
  { name: 'a client opens flows without end', effects: [], apply: send(makeSyns) },
  { name: 'datagrams come from addresses that are no clients', effects: [], apply: send(makeSpoofed) },
  { name: 'fragments are never completed', effects: [], apply: send(makeFragments) },
  { name: 'a client sends malformed packets', effects: [], apply: send(makeMalformed) },
  {
    name: 'packets go back to where they come from, or to the gateway',
    effects: [],
    apply: send(makeReflected),
  },
  { name: 'a client tries synthetic addresses', effects: [], apply: send(makeSweep) },
  { name: 'the internet sends malformed packets', effects: [], apply: sendFromInternet },
  { name: 'the egress addresses are scanned', effects: [], apply: scan },
];

function send(make: Make): Fault['apply'] {
  return async (context) => {
    const links = { 4: linkHeader(context.lab, 'bob', 4), 6: linkHeader(context.lab, 'bob', 6) };
    for (let burst = 0; burst < BURSTS; burst++) {
      const frames = make(context).map(({ family, packet }) =>
        Buffer.concat([links[family], packet]).toString('hex'),
      );
      await context.run('bob', ['python3', SENDER, 'eth0'], `${frames.join('\n')}\n`);
      await sleep(BURST_EVERY_MS);
    }
  };
}

function makeSyns({ draw, targets }: FaultContext) {
  return draw.some(400, () => {
    const family = draw.one([4, 6] as const);
    const [source, destination] = [STRANGER[family], targets[family]];
    const ports = { source: 1024 + draw.below(60_000), destination: 1 + draw.below(65_000) };
    return wrap(family, source, destination, PROTOCOL.tcp, tcp(source, destination, ports));
  });
}

function makeSpoofed({ draw, targets }: FaultContext) {
  return draw.some(400, () => {
    const source = draw.one([`10.${65 + draw.below(100)}.0.${draw.below(256)}`, EGRESS.primary, targets[4]]);
    const ports = { source: draw.below(65_536), destination: 53 };
    return wrap(4, source, targets[4], PROTOCOL.udp, udp(source, targets[4], ports));
  });
}

/** First and middle pieces of datagrams that will never be whole. */
function makeFragments({ draw, targets }: FaultContext) {
  return draw.some(200, () => {
    const family = draw.one([4, 6] as const);
    const [source, destination] = [STRANGER[family], targets[family]];
    const offset = draw.one([0, 0, 1, 100, 8_000]);
    const whole = udp(source, destination, { destination: 9 }, { data: Buffer.alloc(1_000) });
    const payload = whole.subarray(0, 8 * (1 + draw.below(100)));
    if (family === 6) {
      const header = Buffer.from([PROTOCOL.udp, 0, 0, 0, ...draw.some(4, () => draw.below(256))]);
      header.writeUInt16BE((offset << 3) | 1, 2);
      const piece = Buffer.concat([header, payload]);
      return { family, packet: ipv6({ source, destination, nextHeader: FRAGMENT_HEADER, payload: piece }) };
    }
    const fragment = MORE_FRAGMENTS | offset;
    return { family, packet: ipv4({ source, destination, protocol: PROTOCOL.udp, payload, fragment }) };
  });
}

/** Land packets, the gateway's own addresses, egress addresses from inside (hairpin), broadcast and multicast. */
function makeReflected({ draw, targets }: FaultContext) {
  const nowhere = [
    STRANGER[4],
    EGRESS.primary,
    EGRESS.default4,
    '100.80.0.1',
    '255.255.255.255',
    '224.0.0.1',
  ];
  return draw.some(200, () => {
    const source = draw.one([
      STRANGER[4],
      STRANGER[4],
      targets[4],
      EGRESS.primary,
      '100.80.0.1',
      '127.0.0.1',
    ]);
    const destination = draw.one(nowhere);
    // Not the gateway's DNS, which is there for everybody.
    const ports = { source: 1024 + draw.below(60_000), destination: 1024 + draw.below(60_000) };
    const [protocol, payload] = draw.one([
      [PROTOCOL.tcp, tcp(source, destination, ports)],
      [PROTOCOL.udp, udp(source, destination, ports)],
    ] as const);
    return wrap(4, source, destination, protocol, payload);
  });
}

function makeSweep({ draw }: FaultContext) {
  return draw.some(400, () => {
    const destination = `100.80.${draw.below(256)}.${draw.below(256)}`;
    const ports = { source: 1024 + draw.below(60_000), destination: 9 };
    return wrap(4, STRANGER[4], destination, PROTOCOL.udp, udp(STRANGER[4], destination, ports));
  });
}

/** Every field is drawn from what it should be and from what it should not. */
function makeMalformed({ draw, targets }: FaultContext) {
  return draw.some(200, () => {
    const family = draw.one([4, 6] as const);
    const [source, destination] = [CLIENT_ADDRESSES.bob[`ipv${family}`], targets[family]];
    const bodies = [
      udp(source, destination, { destination: 9 }, { length: draw.below(2_000) }),
      tcp(source, destination, { destination: 9 }, { flags: draw.below(256), words: draw.below(16) }),
      icmp(draw.below(256), draw.below(16), Buffer.alloc(draw.below(60), draw.below(256))),
    ];
    const { packet } = wrap(family, source, destination, draw.below(256), draw.one(bodies));
    packet[draw.below(packet.length)] = draw.below(256);
    return { family, packet: packet.subarray(0, 1 + draw.below(packet.length)) };
  });
}

/** To an egress address, from where nobody was asked. */
async function sendFromInternet(context: FaultContext): Promise<void> {
  const { draw, lab } = context;
  const link = linkHeader(lab, 'net', 4);
  const frames = draw.some(400, () => {
    const source = `192.0.2.${draw.below(256)}`;
    const destination = draw.one([EGRESS.primary, EGRESS.other, EGRESS.default4]);
    const ports = { source: draw.below(65_536), destination: 1024 + draw.below(64_000) };
    const quote = ipv4({ source: destination, destination: source, protocol: 17, payload: Buffer.alloc(8) });
    const bodies = [
      [PROTOCOL.tcp, tcp(source, destination, ports, { flags: draw.below(256) })],
      [PROTOCOL.udp, udp(source, destination, ports)],
      [PROTOCOL.icmp, icmp(3, draw.below(16), Buffer.concat([Buffer.alloc(4), quote]))],
    ] as const;
    const [protocol, payload] = draw.one(bodies);
    const packet = ipv4({ source, destination, protocol, payload });
    if (draw.chance(0.5)) packet[draw.below(packet.length)] = draw.below(256);
    return Buffer.concat([link, packet]).toString('hex');
  });
  await context.run('net', ['python3', SENDER, 'eth0'], `${frames.join('\n')}\n`);
}

async function scan(context: FaultContext): Promise<void> {
  const speed = ['--min-rate', '200', '--max-rate', '500', '--max-retries', '0'];
  const targets = [EGRESS.primary, EGRESS.other, EGRESS.default4];
  await context.run('net', ['nmap', '-n', '-Pn', '-sS', '-p1-300,8080', ...speed, ...targets]);
}

function wrap(family: 4 | 6, source: string, destination: string, protocol: number, payload: Buffer) {
  const packet =
    family === 4
      ? ipv4({ source, destination, protocol, payload })
      : ipv6({ source, destination, nextHeader: protocol, payload });
  return { family, packet };
}
