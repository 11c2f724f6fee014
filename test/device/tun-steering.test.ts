import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CLIENT_STEERING } from '../../src/device/tun-steering.ts';
import { buildEcho, buildIcmpError, buildTcp, buildUdp } from '../support/build-packet.ts';
import { runSocketFilter } from '../support/run-bpf.ts';

/** As the kernel: the program's result modulo the number of queues. */
const queueOf = (packet: Uint8Array, queues: number) => runSocketFilter(CLIENT_STEERING, packet) % queues;

describe('CLIENT_STEERING', () => {
  test.each([
    ['10.64.0.2', '10.64.0.2', '100.80.0.9'],
    ['fd00:64::2', '[fd00:64::2]', '[2606:4700:cf1:4000::9]'],
  ])('keeps whatever %s sends, and wherever, in one queue (U1)', (client, bracketed, target) => {
    const sent = { from: `${target}:443`, to: `${bracketed}:40000` };
    const packets = [
      buildTcp({ from: `${bracketed}:40000`, to: `${target}:443` }),
      buildUdp({ from: `${bracketed}:40000`, to: `${target}:53` }),
      buildUdp({
        from: `${bracketed}:50000`,
        to: bracketed.includes(':') ? '[2001:db8::5]:53' : '192.0.2.5:53',
      }),
      buildEcho({ from: client, to: target.replace(/[[\]]/g, ''), identifier: 7 }),
      buildIcmpError({ from: client, to: target.replace(/[[\]]/g, ''), type: 3, quote: buildUdp(sent) }),
    ];
    if (!client.includes(':'))
      packets.push(buildUdp({ from: `${client}:40000`, to: `${target}:53`, fragment: 0x0010 }));
    for (const queues of [2, 3, 16])
      expect(new Set(packets.map((packet) => queueOf(packet, queues))).size).toBe(1);
  });

  test.each([
    ['10.64.0.2', '10.64.0.9', '100.80.0.9', [3, 11, 12]],
    ['fd00:64::2', 'fd00:64::9', '2606:4700:cf1:4000::9', [1, 2, 3, 4]],
  ])(
    "lets a router's ICMP errors follow the packets to %s that they quote (I5)",
    (client, router, target, types) => {
      const bracketed = (address: string) => (address.includes(':') ? `[${address}]` : address);
      const own = queueOf(buildEcho({ from: client, to: target, identifier: 1 }), 16);
      const quote = buildUdp({ from: `${bracketed(target)}:53`, to: `${bracketed(client)}:40000` });
      for (const type of types)
        expect(queueOf(buildIcmpError({ from: router, to: target, type, quote }), 16)).toBe(own);
      if (client.includes(':')) return;
      const ipOptions = Array<number>(8).fill(1);
      expect(queueOf(buildIcmpError({ from: router, to: target, type: 3, quote, ipOptions }), 16)).toBe(own);
    },
  );

  test.each([
    ['IPv4', (host: number) => buildUdp({ from: `10.64.0.${host}:1`, to: '192.0.2.1:2' })],
    [
      'IPv6',
      (host: number) => buildUdp({ from: `[fd00:64::${host.toString(16)}]:1`, to: '[2001:db8::1]:2' }),
    ],
  ])('spreads the 250 clients of an %s network evenly', (_family, packetOf) => {
    for (const queues of [2, 3, 4, 8]) {
      const counts = new Array<number>(queues).fill(0);
      for (let host = 1; host <= 250; host++) {
        const queue = queueOf(packetOf(host), queues);
        counts[queue] = (counts[queue] ?? 0) + 1;
      }
      expect(Math.min(...counts)).toBeGreaterThan((250 / queues) * 0.6);
    }
  });

  test('answers for any bytes, and with queue 0 for a packet without a source', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(queueOf(bytes, 16)).toBeLessThan(16);
      }),
    );
    expect(queueOf(Uint8Array.of(0x45, 0, 0, 20), 16)).toBe(0);
  });
});
