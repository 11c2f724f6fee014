import { describe, expect, test } from 'vitest';
import { EgressInventory } from '../../../src/egress/egress-inventory.ts';
import type { ActivePolicy } from '../../../src/gateway/datapath/admission/active-policy.ts';
import { VerdictBook } from '../../../src/gateway/datapath/admission/verdict-book.ts';
import { PolicyLoader } from '../../../src/gateway/worker/policy-loader.ts';
import { buildRequest } from '../../support/client-packets.ts';
import { EGRESS_SETTINGS } from '../../support/datapath-fixture.ts';
import { parsePacket } from '../../support/parse-packet.ts';
import { BANK_RULE, makePolicy } from '../../support/policy-fixture.ts';
import { tellStory } from '../../support/story.ts';

const FILLERS = Array.from({ length: 100 }, (_, number) => ({
  name: `rule ${number}`,
  traffic: `net.fqdn.host == "host${number}.example.com" and net.dst.port in {${number}..${number + 9}}`,
}));

/** A loader whose clock goes on by a tenth of a millisecond whenever somebody looks. */
function makeLoader() {
  const loaded: { policy: ActivePolicy; requests: readonly number[] }[] = [];
  let nowMs = 0;
  const loader = new PolicyLoader({
    inventory: new EgressInventory(EGRESS_SETTINGS),
    verdicts: new VerdictBook(),
    clock: () => (nowMs += 0.1),
    onPolicy: (policy, requests) => loaded.push({ policy, requests }),
  });
  return { loader, loaded };
}

function finishAll(loader: PolicyLoader): number {
  let slices = 0;
  for (; loader.isBusy; slices++) loader.advance();
  return slices;
}

describe('PolicyLoader', () => {
  test('makes the first policy at once, since nothing is forwarded before it (FL-19)', () => {
    const { loader, loaded } = makeLoader();
    loader.load(1, makePolicy(FILLERS));
    expect(loader.isBusy).toBe(false);
    expect(loaded.map(({ requests }) => requests)).toEqual([[1]]);
  });

  test('makes every other one in slices of time, and says whether it is at work', () => {
    const { loader, loaded } = makeLoader();
    loader.load(1, makePolicy([]));
    loader.load(2, makePolicy(FILLERS));
    expect(loader.isBusy).toBe(true);
    expect(loaded).toHaveLength(1);
    // Each rule takes some steps, and ten looks at the clock end a slice.
    expect(finishAll(loader)).toBeGreaterThan(FILLERS.length / 10);
    expect(loaded.map(({ requests }) => requests)).toEqual([[1], [2]]);
  });

  test('drops what a newer policy overtakes, and answers for both with the newest', () => {
    const { loader, loaded } = makeLoader();
    loader.load(1, makePolicy([]));
    loader.load(2, makePolicy(FILLERS));
    loader.advance();
    loader.load(3, makePolicy([BANK_RULE]));
    finishAll(loader);
    expect(loaded.map(({ requests }) => requests)).toEqual([[1], [2, 3]]);
    expect(loader.isBusy).toBe(false);
  });

  test('takes no part of a policy that it cannot compile whole', () => {
    const { loader, loaded } = makeLoader();
    const policy = makePolicy([BANK_RULE, { name: 'block', blocks: true }]);
    const rules = policy.rules.map((rule) => (rule.name === 'block' ? { ...rule, traffic: '(' } : rule));
    expect(() => loader.load(1, { ...policy, rules })).toThrow(
      "Cannot load the policy: rule 'block': Filter parsing error",
    );
    expect(loaded).toEqual([]);
  });

  test('leaves the old policy in force, whole, until the new one is whole (FL-28)', () => {
    const gateway = tellStory();
    const { mailbox, policies } = gateway.assembled;
    let port = 20_000;
    const leaveFor = (name: 'bank' | 'shop') => {
      const to = name === 'bank' ? '100.80.1.2:443' : '100.80.1.3:443';
      const { wan } = gateway.send(buildRequest('udp', `10.64.0.2:${port++}`, to));
      return parsePacket(wan[0]?.packet ?? new Uint8Array()).from.replace(/:\d+$/, '');
    };
    const swapped = [{ ...BANK_RULE, traffic: 'net.fqdn.host == "shop.example.com"' }, ...FILLERS];
    gateway.post({ type: 'policy', request: 7, policy: makePolicy(swapped) });
    mailbox.fetch(gateway.nowMs);
    let seen = 0;
    for (let steps = 0; policies.isBusy; steps++) {
      if (steps % 25 === 0) {
        expect([leaveFor('bank'), leaveFor('shop')]).toEqual(['203.0.113.9', '198.51.100.1']);
        seen++;
      }
      policies.step();
    }
    expect(seen).toBeGreaterThan(10);
    expect([leaveFor('bank'), leaveFor('shop')]).toEqual(['198.51.100.1', '203.0.113.9']);
  });
});
