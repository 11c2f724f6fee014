import { expect, it } from 'vitest';
import { exchangeUdp } from '../../../src/resolver/upstream/exchange-udp.ts';
import { newQuery } from '../../../src/resolver/upstream/sent-query.ts';

const QUESTION = { name: 'bank.example.com', type: 1, class: 1, dnssecOk: false, checkingDisabled: false };

it('exchangeUdp rejects when there is no way to the upstream, as when an uplink is down (FL-15, FL-23)', async () => {
  // What the kernel refuses to connect to on every machine: a broadcast address, without leave to broadcast.
  const server = { address: Uint8Array.of(255, 255, 255, 255), port: 53 };
  const options = { signal: AbortSignal.timeout(10_000), onMismatch: () => undefined };
  await expect(exchangeUdp(server, newQuery(QUESTION, { edns: true }), options)).rejects.toThrow('EACCES');
});
