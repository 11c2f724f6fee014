/** Answers that are given again without the resolver: in both families, as asked, and never after what they stood for. */
import { appendFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { SYNGATE } from './lab/gateway-process.ts';
import { EGRESS, RESOLVER } from './lab/topology.ts';
import { dig, digFull, lease, whoami } from './support/clients.ts';
import { askNames } from './support/many-names.ts';
import { reloadGateway } from './support/reload-gateway.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const BLOCK = `
  - name: No more news
    precedence: 900
    enabled: true
    filters: [dns]
    action: block
    traffic: dns.fqdn == "news.example.org"
`;

function counters(): Record<string, number> {
  const shown = runIn(lab, 'gw', [SYNGATE, '--socket', gatewayFilesOf(lab).socket, '--json', 'dns']);
  return z.object({ counters: z.record(z.string(), z.number()) }).parse(JSON.parse(shown)).counters;
}

/** How much each counter has grown, once `act` is done. */
function countWhile(act: () => void): (name: string) => number {
  const before = counters();
  act();
  const after = counters();
  return (name) => (after[name] ?? 0) - (before[name] ?? 0);
}

/** The records of all sections as dig prints them, without their TTLs. */
function sections(output: string): string[] {
  const records = output.split('\n').filter((line) => line !== '' && !line.startsWith(';'));
  return records.map((record) => record.replace(/\t\d+\tIN\t/, ' IN '));
}

describe('the DNS front', () => {
  test.each([
    ['IPv4', RESOLVER.ipv4],
    ['IPv6', RESOLVER.ipv6],
  ])('answers over %s again, to whoever asks, with the same address', (_family, server) => {
    const options = [`@${server}`, '+noedns', '+noadflag'];
    const first = dig(lab, 'alice', 'shop.example.com', 'AAAA', ...options);
    const again: string[] = [];
    const grown = countWhile(() => {
      for (const client of ['alice', 'bob', 'bob'] as const)
        again.push(...dig(lab, client, 'shop.example.com', 'AAAA', ...options));
    });
    expect(again).toEqual([...first, ...first, ...first]);
    expect(['answeredAgain', 'synthesized', 'queriesUdp', 'replies.NOERROR'].map(grown)).toEqual([
      3, 3, 3, 3,
    ]);
  });

  test('echoes id and letter case as they were sent, and the extended error (D14)', () => {
    lease(lab, 'alice', 'bank.example.com');
    const ask = () => digFull(lab, 'alice', 'bAnK.eXample.COM', 'A', '+nocookie');
    ask();
    let output = '';
    const grown = countWhile(() => {
      output = ask();
    });
    expect(grown('answeredAgain')).toBe(1);
    expect(output).toMatch(/^bAnK\.eXample\.COM\.\t+\d+\tIN\tA\t100\.80\./m);
    expect(output).toContain('EDE: 29');
    expect(output).not.toMatch(/mismatch|warning/i);
  });

  test.each([
    ['nothing.example.com', 'A', 'NXDOMAIN'],
    ['nothing.example.com', 'AAAA', 'NXDOMAIN'],
    ['bank.example.com', 'MX', 'NOERROR'],
    ['bank.example.com', 'HTTPS', 'NOERROR'],
  ])('answers again what is said of %s %s', (name, type, rcode) => {
    const outputs: string[] = [];
    const grown = countWhile(() => {
      for (let time = 0; time < 3; time++) outputs.push(digFull(lab, 'alice', name, type, '+nocookie'));
    });
    const [first = '', ...others] = outputs;
    expect(first).toContain(`status: ${rcode}`);
    for (const other of others) expect(sections(other)).toEqual(sections(first));
    expect([`replies.${rcode}`, 'synthesized'].map(grown)).toEqual([3, 0]);
    // An absence may be believed for 5 seconds, which can be over between two of them.
    expect(grown('answeredAgain')).toBeGreaterThan(0);
  });

  test('leads to the host like any answer', () => {
    const grown = countWhile(() => {
      for (let time = 0; time < 3; time++)
        expect(whoami(lab, 'alice', 'bank.example.com').address).toBe(EGRESS.primary);
    });
    expect(grown('answeredAgain')).toBeGreaterThan(0);
  });

  test('answers nobody who is no client (D5)', () => {
    lease(lab, 'alice', 'shop.example.com');
    const grown = countWhile(() => {
      const options = ['+tries=1', '+time=1', '+noedns', '+noadflag', `@${RESOLVER.ipv4}`];
      expect(tryRunIn(lab, 'gw', ['dig', ...options, 'shop.example.com', 'A']).stdout).toMatch(/timed out/);
    });
    expect([grown('refusedClients'), grown('queriesUdp')]).toEqual([1, 0]);
  });

  test('leaves nothing of questions in the connection tracking of the host, whatever port they come from', () => {
    const ask = () => dig(lab, 'alice', 'shop.example.com', 'A', '+noedns', '+noadflag');
    const tracked = () => Number(runIn(lab, 'gw', ['cat', '/proc/sys/net/netfilter/nf_conntrack_count']));
    ask();
    const before = tracked();
    for (let time = 0; time < 20; time++) ask();
    // Those of the gateway's own probes and look-ups come and go.
    expect(tracked() - before).toBeLessThan(10);
  });

  test('answers 20,000 questions for 50 names without one lost, all but the first by itself', async () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `f${index % 50}.many.example.com`);
    const before = counters();
    const { outcomes } = await askNames(lab, 'bob', { type: 'A', names, window: 50 });
    const after = counters();
    expect(outcomes).toEqual({ NOERROR: 20_000 });
    expect((after.answeredAgain ?? 0) - (before.answeredAgain ?? 0)).toBeGreaterThan(19_000);
    expect(after.overload).toBe(0);
  });

  test('gives no answer again that a new policy forbids', async () => {
    const name = 'news.example.org';
    const ask = () => digFull(lab, 'alice', name, 'A', '+nocookie');
    ask();
    const grown = countWhile(() => expect(ask()).toContain('EDE: 29'));
    expect(grown('answeredAgain')).toBe(1);
    appendFileSync(gatewayFilesOf(lab).policy, BLOCK);
    await reloadGateway(lab);
    expect(ask()).toContain('EDE: 15');
  });
});
