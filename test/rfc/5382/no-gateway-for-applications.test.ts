/** RFC 5382 REQ-6 and RFC 4787 REQ-10 (rows T6 and U11): no ALG, so payloads that name addresses pass as they are. */
import { expect, test } from 'vitest';
import { buildTcp, buildUdp } from '../../support/build-packet.ts';
import { bytesOf, createNat, STORY } from '../../support/nat-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';

const { client, inner, remote, egress } = STORY[4];

test.each([
  ['T6', 'FTP PORT', buildTcp, 21, `PORT ${client.replaceAll('.', ',')},156,64\r\n`],
  ['T6', 'FTP EPRT', buildTcp, 21, `EPRT |1|${client}|40000|\r\n`],
  [
    'U11',
    'SIP',
    buildUdp,
    5060,
    `REGISTER sip:a SIP/2.0\r\nVia: SIP/2.0/UDP ${client}:40000\r\nContact: <sip:a@${client}>\r\n`,
  ],
  ['T6', 'IRC DCC', buildTcp, 6667, 'PRIVMSG b :\u0001DCC SEND f 173015042 40000 5\u0001\r\n'],
] as const)('%s %s passes byte for byte, and opens no way in', (_row, _name, build, port, text) => {
  const nat = createNat();
  const payload = new TextEncoder().encode(text);
  const sent = build({ from: `${client}:40000`, to: `${inner}:${port}`, payload });
  const left = parsePacket(bytesOf(nat.send(sent, { remote, egress })));
  expect(left.payload).toEqual(payload);
  expect(nat.translator.flows.size).toBe(1);
  const outside = left.from.slice(0, left.from.lastIndexOf(':'));
  expect(nat.receive(buildTcp({ from: `${remote}:20`, to: `${outside}:40000`, flags: 'S' }))).toBe(
    'no-flow-outside',
  );
});
