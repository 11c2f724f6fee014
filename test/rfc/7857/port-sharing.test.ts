/** RFC 7857 section 3, row P4: TCP flows to different destinations share external ports where few are left. */
import { describe, expect, test } from 'vitest';
import { splitEndpoint } from '../../support/address-text.ts';
import { buildTcp, buildUdp } from '../../support/build-packet.ts';
import { bytesOf, createNat, type NatFixture, STORY } from '../../support/nat-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';

const { inner, otherInner, remote, otherRemote, egress } = STORY[4];
const PORTS = 10;

/** A NAT with ten ports, of which `taken` clients hold one each towards the same server. */
function crowd(taken: number): NatFixture {
  const nat = createNat();
  nat.translator.ports.restrict(0, [[5000, 5000 + PORTS - 1]]);
  for (let client = 1; client <= taken; client++) bytesOf(open(nat, client, remote));
  return nat;
}

function open(nat: NatFixture, client: number, to: string, build = buildTcp): Uint8Array | string {
  const packet = build({ from: `10.64.0.${client}:40000`, to: `${inner}:443`, flags: 'S' });
  return nat.send(packet, { remote: to, egress });
}

const portOf = (left: Uint8Array | string) => splitEndpoint(parsePacket(bytesOf(left)).from).port;
const use = (nat: NatFixture) => nat.use.portsOf(0);

describe('P4', () => {
  test('below four fifths nobody shares (U3, T7)', () => {
    const nat = crowd(8);
    open(nat, 9, otherRemote);
    expect(use(nat)).toMatchObject({ used: 9, shared: 0, capacity: PORTS });
  });

  test('a flow to another destination shares a port, and each answer finds its own client', () => {
    const nat = crowd(9);
    const left = Array.from({ length: 6 }, (_, index) => bytesOf(open(nat, 100 + index, otherRemote)));
    expect(use(nat)).toMatchObject({ shared: 6, used: 9 });
    for (const [index, packet] of left.entries()) {
      const answer = buildTcp({ from: `${otherRemote}:443`, to: parsePacket(packet).from, flags: 'SA' });
      expect(parsePacket(bytesOf(nat.receive(answer))).to).toBe(`10.64.0.${100 + index}:40000`);
    }
    expect(new Set(left.map(portOf)).size).toBe(6);
  });

  test('a flow to the same destination gets a port of its own while there is one, then none', () => {
    const nat = crowd(9);
    bytesOf(open(nat, 10, remote));
    expect(use(nat)).toMatchObject({ used: 10, shared: 0 });
    expect(open(nat, 11, remote)).toBe('ports-exhausted');
  });

  test('UDP never shares', () => {
    const nat = createNat();
    nat.translator.ports.restrict(0, [[5000, 5000 + PORTS - 1]]);
    for (let client = 1; client <= PORTS; client++) bytesOf(open(nat, client, remote, buildUdp));
    expect(open(nat, 11, otherRemote, buildUdp)).toBe('ports-exhausted');
  });

  test('a port is free when the last of its holders has gone', () => {
    const nat = crowd(10);
    bytesOf(open(nat, 100, otherRemote));
    expect(use(nat)).toMatchObject({ used: 10, shared: 1 });
    // Half-open connections end after 30 s when ports are scarce, and their ports rest.
    nat.translator.advance(31);
    expect(use(nat)).toMatchObject({ used: 0, shared: 0 });
    expect(open(nat, 1, remote)).toBe('ports-exhausted');
    nat.translator.advance(31 + 120);
    expect(open(nat, 1, remote)).toBeInstanceOf(Uint8Array);
  });

  test('an inside endpoint does not share with itself: it takes the other port that it has', () => {
    const nat = createNat();
    nat.translator.ports.restrict(0, [[5000, 5001]]);
    // Two names of one server, so that every second flow needs another port than the one before.
    for (const port of [443, 8443])
      for (const dialled of [inner, otherInner]) {
        const packet = buildTcp({ from: '10.64.0.1:40000', to: `${dialled}:${port}`, flags: 'S' });
        bytesOf(nat.send(packet, { remote, egress }));
      }
    expect(use(nat)).toMatchObject({ used: 2, shared: 0, capacity: 2 });
    nat.translator.advance(31);
    expect(use(nat)).toMatchObject({ used: 0, shared: 0, capacity: 2 });
  });

  test('an inside endpoint that has a port keeps it for other destinations, however few are left (T1)', () => {
    const nat = crowd(10);
    const port = portOf(open(nat, 3, remote));
    expect(portOf(open(nat, 3, otherRemote))).toBe(port);
    expect(use(nat)).toMatchObject({ shared: 0 });
  });
});
