/** RFC 6888 REQ-8 and RFC 6191 (rows G8 and X5): a port is not another client's while a server may still remember it. */
import { expect, test } from 'vitest';
import { splitEndpoint } from '../../support/address-text.ts';
import { buildTcp } from '../../support/build-packet.ts';
import { bytesOf, createNat, STORY } from '../../support/nat-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';

const { client, neighbour, inner, remote, egress } = STORY[4];
const route = { remote, egress };

test('X5 G8 the port of a closed connection stays its own for four minutes, longer than TIME-WAIT', () => {
  const nat = createNat();
  nat.translator.ports.restrict(0, [[5000, 5009]]);
  const ends = { from: `${client}:40000`, to: `${inner}:443` };
  const left = parsePacket(bytesOf(nat.send(buildTcp({ ...ends, flags: 'S' }), route)));
  for (const flags of ['SA', 'FA'])
    bytesOf(nat.receive(buildTcp({ from: left.to, to: left.from, flags, acknowledgment: 2 })));
  bytesOf(nat.send(buildTcp({ ...ends, flags: 'FA', sequence: 2 }), route));
  const closed = splitEndpoint(left.from).port;
  nat.translator.advance(239);
  // Seven, so that ports do not become scarce.
  const others = Array.from({ length: 7 }, (_, index) => {
    const sent = buildTcp({ from: `${neighbour}:${1000 + index}`, to: ends.to, flags: 'S' });
    return splitEndpoint(parsePacket(bytesOf(nat.send(sent, route))).from).port;
  });
  expect(others).not.toContain(closed);
  nat.translator.advance(240);
  expect(nat.flowOf(buildTcp(ends))).toBe(-1);
});
