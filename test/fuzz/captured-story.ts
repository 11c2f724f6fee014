/**
 * The captures told to a datapath: its leases are those of the lab, the clients' packets open its flows again, and the
 * packets from the internet are readdressed to what those flows have outside here.
 */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';
import { addressBytes } from '../support/address-text.ts';
import { DatapathFixture } from '../support/datapath-fixture.ts';
import { BANK_RULE, makeLease } from '../support/policy-fixture.ts';
import { findPlaces, ICMP, ICMPV6, TCP, UDP } from './packet-places.ts';
import { type CapturedPacket, readCapture } from './read-capture.ts';
import { type Endpoint, isEcho, OutsideBook, readEnds } from './readdress.ts';

export interface CapturedStory {
  readonly gateway: DatapathFixture;
  /** Packets that clients sent, and packets that come back to them. */
  readonly outward: readonly CapturedPacket[];
  readonly inward: readonly CapturedPacket[];
}

const ENDPOINT = z.object({ address: z.string(), port: z.number() });
const MANIFEST = z.object({
  flows: z.array(
    z.object({
      protocol: z.enum(['tcp', 'udp', 'icmp']),
      client: ENDPOINT,
      destination: ENDPOINT,
      real: ENDPOINT,
      egress: ENDPOINT,
    }),
  ),
  leases: z.array(
    z.object({
      host: z.string(),
      ipv4: z.string(),
      ipv6: z.string(),
      real4: z.array(z.string()),
      real6: z.array(z.string()),
    }),
  ),
});
type CapturedFlow = z.infer<typeof MANIFEST>['flows'][number];

interface FlowEnds {
  readonly client: Endpoint;
  readonly server: Endpoint;
}

const FIRST_SLOT = 0x200;

export function tellCaptured(): CapturedStory {
  const file = path.join(import.meta.dirname, 'captures', 'manifest.json');
  const { flows, leases } = MANIFEST.parse(JSON.parse(readFileSync(file, 'utf8')));
  const gateway = new DatapathFixture({ rules: [BANK_RULE], flowCapacity: 4096 });
  for (const [index, { host, ipv4, ipv6, real4, real6 }] of leases.entries()) {
    const lease = makeLease(FIRST_SLOT + index, host, { ipv4: real4, ipv6: real6 });
    gateway.post({
      type: 'lease',
      lease: { ...lease, ipv4: addressBytes(ipv4), ipv6: addressBytes(ipv6) },
    });
  }
  gateway.fetch();
  const outward = readCapture('clients');
  const book = openFlows(gateway, outward, flows);
  return { gateway, outward, inward: readCapture('internet').map((packet) => book.readdress(packet)) };
}

/** Sends what clients sent, and notes how each flow looks outside this time. */
function openFlows(
  gateway: DatapathFixture,
  outward: readonly CapturedPacket[],
  flows: readonly CapturedFlow[],
): OutsideBook {
  const book = new OutsideBook();
  const endsOfFragments = new Map<string, FlowEnds>();
  for (const captured of outward) {
    const { wan, spare } = gateway.send(captured);
    gateway.advance(1);
    const [sent] = [...wan, ...spare, ...gateway.takeOwn('wan'), ...gateway.takeOwn('spare')];
    const { fragmentOf = '' } = findPlaces(captured.packet) ?? {};
    const before = flowEnds(captured.packet) ?? endsOfFragments.get(fragmentOf);
    if (before !== undefined) endsOfFragments.set(fragmentOf, before);
    const after = sent && flowEnds(sent.packet);
    if (before === undefined || after === undefined) continue;
    const flow = flows.find(
      ({ client, destination }) => isSame(client, before.client) && isSame(destination, before.server),
    );
    if (flow !== undefined) book.put(protocolNumber(flow), flow.egress, flow.real, after.client);
  }
  return book;
}

/** Of a packet on its way out; an echo's identifier is its client's port. */
function flowEnds(packet: Uint8Array): FlowEnds | undefined {
  const places = findPlaces(packet);
  if (places === undefined || !places.isFirst) return undefined;
  const { source, destination } = readEnds(packet, places);
  if (!isEcho(places.protocol)) return { client: source, server: destination };
  return { client: { ...source, port: destination.port }, server: { ...destination, port: 0 } };
}

function protocolNumber({ protocol, client }: CapturedFlow): number {
  if (protocol === 'tcp') return TCP;
  if (protocol === 'udp') return UDP;
  return client.address.includes(':') ? ICMPV6 : ICMP;
}

function isSame(one: Endpoint, other: Endpoint): boolean {
  return one.address === other.address && one.port === other.port;
}
