import { describe, expect, test, vi } from 'vitest';
import { EgressInventory } from '../../../src/egress/egress-inventory.ts';
import type { TraceBatch } from '../../../src/gateway/datapath/reports/trace-event.ts';
import { TraceSessions } from '../../../src/gateway/flows/trace-sessions.ts';
import type { ToWorker } from '../../../src/gateway/worker/worker-protocol.ts';
import { IdentityDirectory } from '../../../src/identity/identity-directory.ts';
import { readIdentities } from '../../../src/identity/read-identities.ts';
import { addressBytes } from '../../support/address-text.ts';
import { EGRESS_SETTINGS } from '../../support/datapath-fixture.ts';
import { PEOPLE } from '../../support/policy-fixture.ts';

const directory = new IdentityDirectory(readIdentities(PEOPLE).entries);

function begin(request = {}) {
  const posted: ToWorker[] = [];
  const sessions = new TraceSessions({
    inventory: new EgressInventory(EGRESS_SETTINGS),
    directory: () => directory,
    uplinks: ['wan', 'spare'],
    post: (message) => posted.push(message),
  });
  const listener = { onDecision: vi.fn(), onPacket: vi.fn(), onLost: vi.fn(), onEnd: vi.fn() };
  const trace = sessions.begin({ packets: true, ...request }, listener);
  const [first] = posted;
  if (first?.type !== 'trace' || first.trace === undefined) throw new Error('Cannot go on: nothing posted');
  return { sessions, listener, trace, posted, settings: first.trace };
}

const batch = (trace: number, lost = 0): TraceBatch => ({
  trace,
  lost,
  events: [
    {
      type: 'decision',
      wallMs: 0,
      protocol: 6,
      client: addressBytes('10.64.0.2'),
      clientPort: 4,
      destination: addressBytes('100.80.0.9'),
      port: 443,
      host: null,
      rule: null,
      result: 'synthetic-unknown',
      flow: undefined,
    },
    { type: 'packet', wallMs: 5, side: 'the clients', bytes: new Uint8Array(20), isSent: true, comment: 'c' },
    { type: 'packet', wallMs: 6, side: 'spare', bytes: new Uint8Array(20), isSent: true, comment: null },
  ],
});

describe('TraceSessions', () => {
  test('tells the workers what is wanted, in their own terms', () => {
    const { settings, trace } = begin({
      client: '10.64.0.2',
      host: 'Bank.Example.com.',
      egress: '203.0.113.9',
      protocol: 'udp',
    });
    expect(settings).toMatchObject({ packets: true, filter: { host: 'bank.example.com', protocol: 17 } });
    expect(settings.filter.client).toEqual(addressBytes('10.64.0.2'));
    expect(trace.uplinks).toEqual(['wan', 'spare']);
  });

  test('makes readable what they tell, and says that it has been taken', () => {
    const { sessions, listener, settings } = begin();
    const underWay = new Int32Array(settings.underWay);
    underWay[0] = 1;
    sessions.take(batch(settings.trace, 3));
    expect(listener.onDecision.mock.calls).toMatchObject([
      [
        {
          time: '1970-01-01T00:00:00.000Z',
          user: 'alice@example.com',
          result: 'synthetic-unknown',
          egress: null,
        },
      ],
    ]);
    expect(listener.onPacket.mock.calls.map(([{ atMs, uplink }]) => [atMs, uplink])).toEqual([
      [5, null],
      [6, 'spare'],
    ]);
    expect(listener.onLost.mock.calls).toEqual([[3]]);
    expect(underWay[0]).toBe(0);
  });

  test('lets one look at a time, and another after', () => {
    const { sessions, listener, trace, posted } = begin();
    expect(() => sessions.begin({ packets: false }, listener)).toThrow(
      /^Cannot trace: another trace is running/,
    );
    trace.stop();
    trace.stop();
    expect(posted.slice(1)).toEqual([{ type: 'trace', trace: undefined }]);
    const second = sessions.begin({ packets: false }, listener);
    trace.stop(); // an end that comes late ends nothing of others
    expect(posted).toHaveLength(3);
    second.stop();
  });

  test('takes nothing that belongs to a former trace', () => {
    const { sessions, listener, settings } = begin();
    sessions.take(batch(settings.trace - 1));
    expect(listener.onPacket).not.toHaveBeenCalled();
  });

  test('says when the gateway ends', () => {
    const { sessions, listener } = begin();
    sessions.close();
    sessions.close();
    expect(listener.onEnd).toHaveBeenCalledTimes(1);
  });
});
