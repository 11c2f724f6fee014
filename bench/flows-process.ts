/**
 * One round of `flows`, in a process of its own: opens so many UDP flows through a whole datapath, sends a packet on each
 * of them again, lets all of them end, and prints what that took. 50,000 endpoints of 200 clients talk to as many names
 * as it takes, so every external port carries several flows, as behind a busy gateway.
 */
import { addressWords } from '../src/wire/address-words.ts';
import { emitIpv4 } from '../src/wire/ipv4.ts';
import { PROTOCOL_UDP } from '../src/wire/protocol.ts';
import { addressBytes } from '../test/support/address-text.ts';
import { buildUdp } from '../test/support/build-packet.ts';
import { DatapathFixture } from '../test/support/datapath-fixture.ts';
import { BANK_RULE } from '../test/support/policy-fixture.ts';

const CLIENTS = 200;
const FIRST_CLIENT = '10.64.0.10';
const ENDPOINTS = 50_000;
const FIRST_PORT = 20_000;
const DATAGRAM = buildUdp({
  from: `${FIRST_CLIENT}:1`,
  to: '100.80.0.2:443',
  payload: new Uint8Array(64),
  checksum: 'absent',
});
const UDP_AT = 20;
/** Flows that come before the memory is looked at: code is compiled then, and the tables' first pages are there. */
const WARM_UP = 20_000;
/** As the worker's loop lets time pass. */
const TICK_MS = 250;
const UDP_TIMEOUT_MS = 300_000;

const wanted = Number(process.argv[2]);
const names = Math.ceil((wanted + WARM_UP) / ENDPOINTS);
const fixture = new DatapathFixture({ rules: [BANK_RULE], flowCapacity: wanted + WARM_UP });
for (let slot = 0; slot < names; slot++)
  fixture.putLease(slot + 2, `host-${slot}.example.com`, { ipv4: [`192.0.2.${slot + 1}`] });
const header = { source: 0, destination: 0, protocol: PROTOCOL_UDP, totalLength: DATAGRAM.length, ttl: 64 };
const firstClient = wordOf(FIRST_CLIENT);
const destinations = Array.from({ length: names }, (_, slot) => wordOf(fixture.syntheticOf(slot + 2, 4)));

/** The fixture's clock, which begins elsewhere, goes on with the machine's. */
const clockOffset = fixture.nowMs - performance.now();

// The warm-up's flows are those that nothing below counts.
carry(wanted, WARM_UP);
carry(wanted, WARM_UP);
globalThis.gc?.();
const idle = process.memoryUsage.rss();
const inserted = carry(0, wanted);
const rss = process.memoryUsage.rss() - idle;
const live = fixture.counters.read('flowsOpened') - WARM_UP;
const repeated = carry(0, wanted);
const reopened = fixture.counters.read('flowsOpened') - WARM_UP - live;
if (reopened > 0) throw new Error(`Cannot trust the figures: ${reopened} flows were not found again`);
const expiryStall = letExpire();
console.log(
  JSON.stringify({
    rss,
    insertSeconds: inserted.seconds,
    insertStall: inserted.stall,
    repeatSeconds: repeated.seconds,
    repeatStall: repeated.stall,
    expiryStall,
    live,
    left: fixture.assembled.counters.read('flowsLive'),
  }),
);

/** One packet of each of so many flows; the time it took in all, and at the longest for a batch, in seconds. */
function carry(first: number, count: number): { seconds: number; stall: number } {
  const { batch, datapath } = fixture;
  const began = performance.now();
  let ticked = began;
  let longest = 0;
  for (let done = 0; done < count; ) {
    const start = performance.now();
    fixture.nowMs = start + clockOffset;
    if (start - ticked >= TICK_MS) {
      ticked = start;
      datapath.advance(fixture.nowMs);
    }
    batch.count = Math.min(batch.capacity, count - done);
    for (let slot = 0; slot < batch.count; slot++) writePacket(slot, first + done++);
    datapath.fromClients(batch, fixture.nowMs);
    longest = Math.max(longest, performance.now() - start);
  }
  return { seconds: (performance.now() - began) / 1000, stall: longest / 1000 };
}

/** The packet of flow `number`, as the TUN would put it into the slot. */
function writePacket(slot: number, number: number): void {
  const { batch } = fixture;
  const at = batch.packetAt(slot);
  const endpoint = number % ENDPOINTS;
  batch.bytes.fill(0, batch.vnetAt(slot), at);
  batch.bytes.set(DATAGRAM, at);
  header.source = firstClient + (endpoint % CLIENTS);
  header.destination = destinations[Math.floor(number / ENDPOINTS)] ?? 0;
  emitIpv4(batch.view, at, header);
  batch.view.setUint16(at + UDP_AT, FIRST_PORT + Math.floor(endpoint / CLIENTS));
  batch.lengths[slot] = DATAGRAM.length;
  batch.etherTypes[slot] = 0x0800;
}

/** Nothing is said any more, and the worker's clock goes on: the longest it was busy, in seconds. */
function letExpire(): number {
  let longest = 0;
  for (let silence = 0; silence <= UDP_TIMEOUT_MS + 10_000; silence += TICK_MS) {
    let start = performance.now();
    fixture.advance(TICK_MS);
    longest = Math.max(longest, performance.now() - start);
    // As the worker does: what did not end in one turn ends in the next ones, with packets carried between.
    for (let isBehind = true; isBehind; longest = Math.max(longest, performance.now() - start)) {
      start = performance.now();
      isBehind = fixture.assembled.datapath.advance(fixture.nowMs);
    }
  }
  return longest / 1000;
}

function wordOf(address: string): number {
  return addressWords(addressBytes(address))[3] ?? 0;
}
