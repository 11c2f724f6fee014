/** What the gateway itself asks the resolver, to keep the addresses behind leases fresh (FL-46, D17). */
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../src/wire/address.ts';
import { type Script, zone } from './support/fake-upstream.ts';
import { startLab } from './support/lab.ts';

const QUICK = { limits: { upstreamPatienceMs: 100, upstreamDeadlineMs: 300 } };

/** Answers from the script that `current` holds at that moment. */
function changing(first: Script): { script: Script; current: Script } {
  const holder = { current: first, script: ((asked) => holder.current(asked)) as Script };
  return holder;
}

function at(...servers: readonly string[]): Script {
  return zone(servers.map((data) => ({ type: 'A', name: 'cdn.example.com', ttl: 300, data })));
}

describe('Resolver.lookUp()', () => {
  it('Resolver.lookUp() asks anew although the cache has an answer, and refreshes the cache (FL-46)', async () => {
    const source = changing(at('192.0.2.1'));
    await using lab = await startLab([source.script]);
    await lab.ask('cdn.example.com', 'A');
    source.current = at('192.0.2.3', '192.0.2.2');
    const found = await lab.resolver.lookUp('cdn.example.com', 4);
    expect(found?.addresses.map(formatAddress)).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(found?.ttlSeconds).toBe(300);
    await lab.ask('cdn.example.com', 'A');
    expect(lab.synthesis.requests.at(-1)?.addresses.map(formatAddress)).toEqual(['192.0.2.2', '192.0.2.3']);
    expect(lab.upstream.count('cdn.example.com')).toBe(2);
  });

  it('Resolver.lookUp() tells what the cache has while the upstream is down, until that has run out (D17)', async () => {
    const source = changing(at('192.0.2.1'));
    await using lab = await startLab([source.script], QUICK);
    await lab.ask('cdn.example.com', 'A');
    source.current = () => undefined;
    lab.pass(100_000);
    expect((await lab.resolver.lookUp('cdn.example.com', 4))?.ttlSeconds).toBe(200);
    expect((await lab.ask('cdn.example.com', 'A')).rcode).toBe('NOERROR');
    lab.pass(201_000);
    expect(await lab.resolver.lookUp('cdn.example.com', 4)).toBeUndefined();
    expect((await lab.ask('cdn.example.com', 'A')).rcode).toBe('NOERROR');
  });

  it.each([
    ['the name is gone', zone([])],
    ['it has only addresses nobody may go to (FL-14)', at('127.0.0.1')],
  ])('Resolver.lookUp() tells nothing when %s', async (_why, script) => {
    await using lab = await startLab([script]);
    expect(await lab.resolver.lookUp('cdn.example.com', 4)).toBeUndefined();
  });
});
