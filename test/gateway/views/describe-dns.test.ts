import { describe, expect, test } from 'vitest';
import { parseUpstream } from '../../../src/gateway/config/parse-endpoint.ts';
import { addFrontCounters } from '../../../src/gateway/dns-front/add-front-counters.ts';
import { FrontState } from '../../../src/gateway/dns-front/front-state.ts';
import { describeDns, formatUpstream } from '../../../src/gateway/views/describe-dns.ts';
import type { Resolver } from '../../../src/resolver/resolver.ts';
import { startLab } from '../../resolver/support/lab.ts';

/** Of a resolver whose front has given so many answers again. */
function stateOf({ counters, status }: Resolver, again = 0) {
  const front = new FrontState();
  front.count('answered', again);
  return { counters: addFrontCounters(counters, front), status };
}

describe('describeDns()', () => {
  test('shows cache, upstreams with their last failure, counters and what failed lately', async () => {
    await using lab = await startLab([
      ({ question }) => ({ rcode: question.name === 'good.example.com' ? 3 : 2 }),
    ]);
    await lab.ask('good.example.com', 'A');
    await lab.ask('bad.example.com', 'A');
    lab.pass(60_000);
    await lab.ask('bad.example.com', 'A');
    await lab.ask('worse.example.com', 'MX');
    const record = describeDns(stateOf(lab.resolver));
    expect(record.cache.entries).toBeGreaterThan(0);
    expect(record.upstreams).toMatchObject([
      { server: `127.0.0.1:${lab.upstream.port}`, domains: [], failures: 0 },
    ]);
    expect(record.upstreams[0]?.answers).toBe(lab.upstream.asked.length);
    expect(record.failures).toMatchObject([
      { host: 'worse.example.com', type: 'MX', times: 1, reason: 'the upstream answered with rcode 2' },
      { host: 'bad.example.com', type: 'A', times: 2 },
    ]);
    expect(record.counters).toMatchObject({ queriesUdp: 4, 'replies.SERVFAIL': 3, 'replies.NXDOMAIN': 1 });
  });

  test('tells why an upstream does not answer', async () => {
    const limits = { upstreamPatienceMs: 50, upstreamDeadlineMs: 120 };
    await using lab = await startLab([() => undefined], { limits });
    await lab.ask('bank.example.com', 'A');
    const [upstream] = describeDns(stateOf(lab.resolver)).upstreams;
    expect(upstream).toMatchObject({
      answers: 0,
      answerMs: null,
      lastFailure: { reason: 'no reply in time' },
    });
  });
});

test.each([
  '192.0.2.53:53',
  '[2001:db8::53]:5353',
  'tls://192.0.2.53:853#dns.example',
  'https://[2001:db8::53]:443/dns-query',
])('formatUpstream() writes %s as it was read', (text) => {
  const upstream = parseUpstream(text);
  expect(upstream && formatUpstream(upstream)).toBe(text);
});
