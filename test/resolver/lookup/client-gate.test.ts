/** How many questions one client may have asked upstream at one time (FL-11). */
import { describe, expect, it } from 'vitest';
import { ClientGate } from '../../../src/resolver/lookup/client-gate.ts';
import { addressBytes } from '../../support/address-text.ts';
import { type Script, SOA } from '../support/fake-upstream.ts';
import { startLab } from '../support/lab.ts';

const ALICE = addressBytes('10.64.0.2');
const BOB = addressBytes('10.64.0.3');

describe('ClientGate', () => {
  it('ClientGate lets a client in up to its limit, and others at any time', () => {
    const gate = new ClientGate(2);
    expect([gate.enter(ALICE), gate.enter(ALICE)]).toEqual([undefined, undefined]);
    expect(gate.enter(ALICE)).toBeInstanceOf(Promise);
    expect(gate.enter(BOB)).toBeUndefined();
  });

  it('ClientGate gives a place that is left to whoever waits longest', async () => {
    const gate = new ClientGate(1);
    const order: number[] = [];
    gate.enter(ALICE);
    const waits = [1, 2, 3].map((number) => gate.enter(ALICE)?.then(() => order.push(number)));
    for (let turn = 0; turn < 3; turn++) {
      gate.leave(ALICE);
      await waits[turn];
    }
    expect(order).toEqual([1, 2, 3]);
    gate.leave(ALICE);
    expect(gate.enter(ALICE)).toBeUndefined();
  });

  it('ClientGate survives a leave without an enter', () => {
    const gate = new ClientGate(1);
    gate.leave(ALICE);
    expect(gate.enter(ALICE)).toBeUndefined();
  });
});

describe('Resolver', () => {
  it('Resolver asks no more than a share of the upstream for one client, and answers all in the end (FL-11)', async () => {
    let underWay = 0;
    let most = 0;
    const slow: Script = async () => {
      underWay++;
      most = Math.max(most, underWay);
      await new Promise((resolve) => setTimeout(resolve, 10));
      underWay--;
      return { rcode: 3 };
    };
    await using lab = await startLab([slow], { limits: { upstreamQuestionsPerClient: 4 } });
    const asked = Array.from({ length: 40 }, (_, index) => lab.ask(`n${index}.example.com`, 'TXT'));
    for (const { rcode } of await Promise.all(asked)) expect(rcode).toBe('NXDOMAIN');
    expect(most).toBe(4);
  });

  it('Resolver answers what it knows while the client waits for what it does not (FL-11)', async () => {
    const script: Script = ({ question }) =>
      question.name.startsWith('dead') ? undefined : { rcode: 3, authorities: [SOA] };
    await using lab = await startLab([script], { limits: { upstreamQuestionsPerClient: 2 } });
    await lab.ask('known.example.com', 'A');
    const dead = ['dead1', 'dead2', 'dead3'].map((name) => lab.ask(`${name}.example.com`, 'A'));
    const startedMs = performance.now();
    await lab.ask('known.example.com', 'A');
    // The dead ones take the upstream's whole deadline.
    expect(performance.now() - startedMs).toBeLessThan(1500);
    await Promise.all(dead);
  });
});
