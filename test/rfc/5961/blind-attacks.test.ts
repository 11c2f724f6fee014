/** RFC 5961 seen from the middle (rows X3 and P3): guessed segments pass, so that ends can challenge them, and change nothing. */
import { describe, expect, test } from 'vitest';
import { buildTcp, payloadOf, type TcpFields } from '../../support/build-packet.ts';
import { bytesOf, createNat, type NatFixture, STORY } from '../../support/nat-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';

const { client, inner, remote, egress } = STORY[4];
const route = { remote, egress };
const inside = { from: `${client}:40000`, to: `${inner}:443` };
const FAR = 0x4000_0000;

/** An established connection: the client goes on at 1000, the server at 5000. */
function establish(): { nat: NatFixture; outside: { from: string; to: string } } {
  const nat = createNat();
  const left = bytesOf(nat.send(buildTcp({ ...inside, flags: 'S', sequence: 999 }), route));
  const outside = { from: `${remote}:443`, to: parsePacket(left).from };
  bytesOf(nat.receive(buildTcp({ ...outside, flags: 'SA', sequence: 4999, acknowledgment: 1000 })));
  bytesOf(nat.send(buildTcp({ ...inside, sequence: 1000, acknowledgment: 5000 }), route));
  return { nat, outside };
}

const lives = (nat: NatFixture, second: number) => {
  nat.translator.advance(second);
  return nat.flowOf(buildTcp(inside)) !== -1;
};

describe('X3', () => {
  const guessed: ReadonlyArray<readonly [string, Partial<TcpFields>]> = [
    ['a reset', { flags: 'R', sequence: FAR }],
    ['a reset with ACK', { flags: 'RA', sequence: FAR, acknowledgment: 7 }],
    ['a SYN (section 4)', { flags: 'S', sequence: FAR }],
    ['a SYN-ACK', { flags: 'SA', sequence: FAR, acknowledgment: 7 }],
    ['a FIN', { flags: 'FA', sequence: FAR }],
    ['data (section 5)', { flags: 'A', sequence: FAR, acknowledgment: FAR, payload: payloadOf(10) }],
  ];

  test.each(guessed)('%s from outside of the window reaches the client and ends nothing', (_what, fields) => {
    const { nat, outside } = establish();
    const forged = buildTcp({ ...outside, ...fields });
    expect(parsePacket(bytesOf(nat.receive(forged)))).toMatchObject({
      to: inside.from,
      sequence: fields.sequence,
    });
    bytesOf(nat.send(buildTcp({ ...inside, flags: 'FA', sequence: 1000, acknowledgment: 5000 }), route));
    expect(lives(nat, 7000)).toBe(true);
  });

  test('lets the challenge out and its answer in', () => {
    const { nat, outside } = establish();
    bytesOf(nat.receive(buildTcp({ ...outside, flags: 'R', sequence: 5001 })));
    const challenge = buildTcp({ ...inside, sequence: 1000, acknowledgment: 5000 });
    expect(parsePacket(bytesOf(nat.send(challenge, route)))).toMatchObject({ acknowledgment: 5000 });
    expect(lives(nat, 7000)).toBe(true);
    bytesOf(nat.receive(buildTcp({ ...outside, flags: 'R', sequence: 5000 })));
    expect(lives(nat, 7239)).toBe(true);
    expect(lives(nat, 7240)).toBe(false);
  });

  test('P3 a reset that the client can believe ends the connection four minutes later, and is translated', () => {
    const { nat, outside } = establish();
    const reset = bytesOf(nat.receive(buildTcp({ ...outside, flags: 'R', sequence: 5000 })));
    expect(parsePacket(reset)).toMatchObject({ flags: 'R', from: inside.to, to: inside.from });
    expect([lives(nat, 239), lives(nat, 240)]).toEqual([true, false]);
  });

  test('X1 a SYN-ACK for another SYN, and the reset that answers it, change nothing: the SYN that is sent again goes the same way', () => {
    const nat = createNat();
    const syn = buildTcp({ ...inside, flags: 'S', sequence: 999 });
    const left = bytesOf(nat.send(syn, route));
    const outside = { from: `${remote}:443`, to: parsePacket(left).from };
    const stale = { ...outside, flags: 'SA', sequence: 70_000, acknowledgment: 123_456_789 };
    expect(parsePacket(bytesOf(nat.receive(buildTcp(stale))))).toMatchObject({
      flags: 'SA',
      to: inside.from,
    });
    const reaction = buildTcp({ ...inside, flags: 'R', sequence: 123_456_789 });
    expect(parsePacket(bytesOf(nat.send(reaction, route)))).toMatchObject({ flags: 'R', from: outside.to });
    expect(parsePacket(bytesOf(nat.send(syn, route))).from).toBe(outside.to);
    expect([lives(nat, 239), lives(nat, 240)]).toEqual([true, false]);
  });

  test('a SYN-ACK for another SYN does not make a connection of what is none', () => {
    const nat = createNat();
    const left = bytesOf(nat.send(buildTcp({ ...inside, flags: 'S', sequence: 999 }), route));
    const outside = { from: `${remote}:443`, to: parsePacket(left).from };
    bytesOf(nat.receive(buildTcp({ ...outside, flags: 'SA', sequence: 70_000, acknowledgment: 999 })));
    expect([lives(nat, 239), lives(nat, 240)]).toEqual([true, false]);
  });

  test('X4 a connection that the client takes for one is one, whatever its SYN-ACK said', () => {
    const nat = createNat();
    const left = bytesOf(nat.send(buildTcp({ ...inside, flags: 'S', sequence: 999 }), route));
    const outside = { from: `${remote}:443`, to: parsePacket(left).from };
    bytesOf(nat.receive(buildTcp({ ...outside, flags: 'SA', sequence: 70_000, acknowledgment: 999 })));
    bytesOf(nat.send(buildTcp({ ...inside, sequence: 1000, acknowledgment: 70_001 }), route));
    expect([lives(nat, 7439), lives(nat, 7440)]).toEqual([true, false]);
  });

  test.each([
    ['sends no data', 1000],
    ['has sent data with its SYN (X8)', 1000 + 1400],
  ])('a client that %s may reset what it has just begun, as a scanner does', (_what, acknowledgment) => {
    const nat = createNat();
    const left = bytesOf(nat.send(buildTcp({ ...inside, flags: 'S', sequence: 999 }), route));
    const outside = { from: `${remote}:443`, to: parsePacket(left).from };
    bytesOf(nat.receive(buildTcp({ ...outside, flags: 'SA', sequence: 4999, acknowledgment })));
    bytesOf(nat.send(buildTcp({ ...inside, flags: 'R', sequence: acknowledgment }), route));
    expect([lives(nat, 239), lives(nat, 240)]).toEqual([true, false]);
  });

  test('P3 a second reset is still translated', () => {
    const { nat, outside } = establish();
    for (let round = 0; round < 2; round++)
      bytesOf(nat.receive(buildTcp({ ...outside, flags: 'R', sequence: 5000 })));
  });
});
