import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { describe, expect, it } from 'vitest';
import { Resolver } from '../../src/resolver/resolver.ts';
import { systemClock } from '../../src/time/clock.ts';
import { zone } from './support/fake-upstream.ts';
import { encodeQuery, FakeSynthesis, startLab } from './support/lab.ts';
import { retryBusy } from './support/retry-busy.ts';

const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

function newResolver(port: number): Resolver {
  return new Resolver({
    listen: [LOOPBACK, Uint8Array.of(127, 0, 0, 2)],
    port,
    upstreams: [],
    allowPrivate: [],
    refused: [],
    syntheticRanges: [],
    synthesis: new FakeSynthesis(),
    accepts: () => true,
    now: systemClock,
  });
}

async function bindUdp(port: number, address = '127.0.0.1'): Promise<ReturnType<typeof createSocket>> {
  const socket = createSocket('udp4').bind(port, address);
  await once(socket, 'listening');
  return socket;
}

describe('Resolver', () => {
  it('Resolver binds every address, only those, and lets go of them', async () => {
    const [resolver, [first = 0]] = await retryBusy(async () => {
      const candidate = newResolver(0);
      return [candidate, await candidate.start()];
    });
    // The third loopback address is free: nothing was bound to all addresses.
    (await bindUdp(first, '127.0.0.3')).close();
    await expect(bindUdp(first)).rejects.toMatchObject({ code: 'EADDRINUSE' });
    await resolver.stop();
    (await bindUdp(first)).close();
  });

  it('Resolver refuses to start when an address is taken, names it, and keeps none', async () => {
    const taken = createServer().listen(0, '127.0.0.2');
    await once(taken, 'listening');
    const address = taken.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    await expect(newResolver(port).start()).rejects.toThrow(
      /^Cannot serve DNS on 127\.0\.0\.1, 127\.0\.0\.2: .*EADDRINUSE/,
    );
    (await bindUdp(port)).close();
    taken.close();
  });

  it('Resolver without an upstream answers SERVFAIL', async () => {
    await using lab = await startLab([zone([])], { upstreams: [] });
    expect(await lab.ask('bank.example.com', 'A')).toMatchObject({ rcode: 'SERVFAIL' });
  });

  it('Resolver stops at once, whatever is under way', async () => {
    const lab = await startLab([() => undefined]);
    const reply = lab.send(encodeQuery('bank.example.com', 'A'), 300);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const startedAt = performance.now();
    await lab[Symbol.asyncDispose]();
    // What is under way would take the upstream's whole deadline.
    expect(performance.now() - startedAt).toBeLessThan(1500);
    expect(await reply).toBeUndefined();
  });

  it('Resolver survives a defect of the synthesis: one answer is lost and it is told', async () => {
    const told: unknown[] = [];
    const broken = {
      synthesize: () => {
        throw new Error('broken');
      },
      nameOf: () => undefined,
    };
    const bank = zone([{ type: 'A', name: 'bank.example.com', ttl: 9, data: '192.0.2.198' }]);
    await using lab = await startLab([bank], { synthesis: broken, onDefect: (error) => told.push(error) });
    expect(await lab.send(encodeQuery('bank.example.com', 'A'), 200)).toBeUndefined();
    expect(await lab.ask('localhost', 'A')).toMatchObject({ rcode: 'NOERROR' });
    expect(told).toMatchObject([{ message: 'broken' }]);
    expect(lab.resolver.counters.defects).toBe(1);
  });
});
