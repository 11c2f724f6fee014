import { describe, expect, test } from 'vitest';
import { Prober, type ProbeTarget } from '../../src/egress/prober.ts';
import { parseAddress } from '../../src/wire/address.ts';

const PING: ProbeTarget = { protocol: 'icmp', address: parseAddress('192.0.2.1') ?? expect.fail(), port: 0 };
const SYN: ProbeTarget = {
  protocol: 'tcp',
  address: parseAddress('192.0.2.198') ?? expect.fail(),
  port: 443,
};
const PING6: ProbeTarget = {
  protocol: 'icmp',
  address: parseAddress('2001:db8:2::1') ?? expect.fail(),
  port: 0,
};

interface Probe {
  readonly index: number;
  readonly target: ProbeTarget;
  readonly token: number;
  readonly at: number;
}

class Bench {
  now = 0;
  readonly sent: Probe[] = [];
  readonly reports: [index: number, passed: boolean, at: number][] = [];
  readonly prober: Prober;
  #token = 100;

  constructor(families: readonly (4 | 6)[], targets: readonly ProbeTarget[]) {
    this.prober = new Prober(
      families.map((family, index) => ({ index, family })),
      { targets, intervalMs: 1_000, timeoutMs: 400 },
      {
        send: (index, target, token) => this.sent.push({ index, target, token, at: this.now }),
        report: (index, passed, at) => this.reports.push([index, passed, at]),
        newToken: () => this.#token++,
      },
      0,
    );
  }

  run(until: number, answer: (probe: Probe) => boolean = () => false): void {
    for (; this.now <= until; this.now += 50) {
      const before = this.sent.length;
      this.prober.tick(this.now);
      for (const probe of this.sent.slice(before))
        if (answer(probe)) this.prober.onReply(probe.index, probe.token, this.now + 10);
    }
  }
}

describe('Prober', () => {
  test('Prober probes addresses in turn, each once an interval and to every target of its family', () => {
    const bench = new Bench([4, 6, 4], [PING, SYN, PING6]);
    bench.run(1_999);
    expect(bench.sent.map(({ index, target, at }) => [index, target.protocol, at])).toEqual([
      [0, 'icmp', 0],
      [0, 'tcp', 0],
      [1, 'icmp', 350],
      [2, 'icmp', 700],
      [2, 'tcp', 700],
      [0, 'icmp', 1_000],
      [0, 'tcp', 1_000],
      [1, 'icmp', 1_350],
      [2, 'icmp', 1_700],
      [2, 'tcp', 1_700],
    ]);
    expect(new Set(bench.sent.map(({ token }) => token)).size).toBe(bench.sent.length);
  });

  test('Prober passes a round when one of the targets answers', () => {
    const bench = new Bench([4], [PING, SYN]);
    bench.run(999, ({ target }) => target === SYN);
    expect(bench.reports).toEqual([[0, true, 10]]);
  });

  test('Prober fails a round when none answers in time, and goes on probing', () => {
    const bench = new Bench([4], [PING]);
    bench.run(2_999);
    expect(bench.reports).toEqual([
      [0, false, 400],
      [0, false, 1_400],
      [0, false, 2_400],
    ]);
  });

  test('Prober ignores answers that are late, doubled, unknown, or to another address', () => {
    const bench = new Bench([4, 4], [PING, SYN]);
    bench.run(100);
    const [first, second] = bench.sent;
    bench.prober.onReply(1, first?.token ?? 0, 110);
    bench.prober.onReply(0, 4_294_967_295, 110);
    expect(bench.reports).toEqual([]);
    bench.prober.onReply(0, first?.token ?? 0, 120);
    bench.prober.onReply(0, first?.token ?? 0, 130);
    bench.prober.onReply(0, second?.token ?? 0, 140);
    expect(bench.reports).toEqual([[0, true, 120]]);
    bench.run(550);
    const late = bench.sent.at(-1);
    bench.run(950);
    bench.prober.onReply(1, late?.token ?? 0, 960);
    expect(bench.reports).toEqual([
      [0, true, 120],
      [1, false, 900],
    ]);
  });

  test('Prober leaves an address without a target of its family alone', () => {
    const bench = new Bench([6], [PING]);
    bench.run(5_000);
    expect(bench.sent).toEqual([]);
  });

  test('Prober does not make up for rounds it slept through', () => {
    const bench = new Bench([4], [PING]);
    bench.run(0);
    const sentBy = (now: number) => {
      bench.now = now;
      bench.prober.tick(now);
      return bench.sent.length;
    };
    expect([3_600_050, 3_600_999, 3_601_000].map(sentBy)).toEqual([2, 2, 3]);
  });

  test('Prober takes an answer that comes while it is still sending', () => {
    const reports: boolean[] = [];
    const prober: Prober = new Prober(
      [{ index: 0, family: 4 }],
      { targets: [PING, SYN], intervalMs: 1_000, timeoutMs: 400 },
      {
        send: (index, _, token) => prober.onReply(index, token, 0),
        report: (_, passed) => reports.push(passed),
      },
      0,
    );
    prober.tick(0);
    expect(reports).toEqual([true]);
  });
});
