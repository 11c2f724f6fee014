/** What the workers hear of uplinks that change; what the host says of them is told by the test. */
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { type HostMarks, readHostMarks } from '../../../src/gateway/host/host-marks.ts';
import { HostMonitor } from '../../../src/gateway/host/host-monitor.ts';
import type { UplinkFacts } from '../../../src/gateway/host/read-uplink.ts';
import { readUplink } from '../../../src/gateway/host/read-uplink.ts';
import { runCommand } from '../../../src/gateway/host/run-command.ts';
import { type HostSetUp, renewHost } from '../../../src/gateway/host/set-up-host.ts';
import type { ToWorker } from '../../../src/gateway/worker/worker-protocol.ts';
import { makeConfig, parseAddresses } from './host-fixture.ts';

/** Tells the monitor that something has changed. */
let change = () => {};

vi.mock('../../../src/gateway/host/host-watch.ts', () => ({
  HostWatch: class {
    constructor(onChange: () => void) {
      change = onChange;
    }
    start() {}
    stop() {}
  },
}));
vi.mock('../../../src/gateway/host/read-uplink.ts', () => ({ readUplink: vi.fn() }));
vi.mock('../../../src/gateway/host/set-up-host.ts', () => ({ renewHost: vi.fn() }));
vi.mock('../../../src/gateway/host/host-marks.ts', () => ({ readHostMarks: vi.fn(async () => MARKS) }));
vi.mock('../../../src/gateway/host/run-command.ts', () => ({ runCommand: vi.fn() }));

const MARKS: HostMarks = {
  guards: ['inet', 'netdev'],
  rules: [2, 2],
  routes: [2, 2],
  tunAddresses: ['100.80.0.1'],
  links: [{ name: 'lan0', ifindex: 7, isUp: true }],
};

beforeEach(() => {
  vi.mocked(readHostMarks).mockResolvedValue(MARKS);
});
afterEach(() => vi.resetAllMocks());

const FACTS: UplinkFacts = {
  interface: 'wan0',
  ifindex: 2,
  linkType: 'ether',
  carries: 'frames',
  mac: Uint8Array.of(2, 0, 0, 0, 0, 1),
  mtu: 1500,
  isUp: true,
  addresses: [],
  connected: [],
  nextHop4: parseAddresses('198.51.100.254')[0],
  nextHop6: undefined,
};
const HOST: HostSetUp = {
  uplinks: [FACTS],
  mtu: 1500,
  ownership: [],
  addresses: [],
  marks: MARKS,
  warnings: [],
};

function makeMonitor() {
  const posted: ToWorker[] = [];
  const monitor = new HostMonitor(HOST, {
    config: makeConfig(),
    post: (message) => posted.push(message),
    log: pino({ enabled: false }),
  });
  /** What is posted after the host's uplink has become like this. */
  const postedWith = async (facts: Partial<UplinkFacts>): Promise<ToWorker[]> => {
    vi.mocked(readUplink).mockResolvedValue({ ...FACTS, ...facts });
    change();
    await monitor.stop();
    return posted.splice(0);
  };
  return { monitor, postedWith };
}

const uplink = (settings: object) => [{ type: 'uplink', settings: expect.objectContaining(settings) }];

describe('HostMonitor', () => {
  test('tells the workers what is different, once, and narrows the TUN (FL-23, F7)', async () => {
    const { monitor, postedWith } = makeMonitor();
    expect(await postedWith({})).toEqual([]);
    expect(await postedWith({ mtu: 1400 })).toEqual(uplink({ name: 'wan', mtu: 1400, isUp: true }));
    expect(await postedWith({ mtu: 1400 })).toEqual([]);
    expect(vi.mocked(runCommand).mock.calls).toEqual([
      [['ip', 'link', 'set', 'dev', 'syngate0', 'mtu', '1400']],
    ]);
    expect(monitor.host.mtu).toBe(1400);
  });

  test('tells the workers also when the TUN cannot be narrowed, and tries that again', async () => {
    const { monitor, postedWith } = makeMonitor();
    vi.mocked(runCommand).mockRejectedValueOnce(new Error('Cannot run ip: no such device'));
    expect(await postedWith({ mtu: 1400 })).toEqual(uplink({ mtu: 1400 }));
    expect(monitor.host.mtu).toBe(1500);
    expect(await postedWith({ mtu: 1400, isUp: false })).toEqual(uplink({ mtu: 1400, isUp: false }));
    expect(monitor.host.mtu).toBe(1400);
  });

  test('looks again by itself while it could not read an uplink, as it may be there all the time', async () => {
    vi.useFakeTimers();
    try {
      const { monitor } = makeMonitor();
      vi.mocked(renewHost).mockResolvedValue(HOST);
      vi.mocked(readUplink).mockRejectedValueOnce(new Error('Cannot run ip: too many processes'));
      vi.mocked(readUplink).mockResolvedValue(FACTS);
      change();
      await vi.advanceTimersByTimeAsync(0);
      expect(monitor.host.uplinks).toMatchObject([{ isUp: false }]);
      await vi.advanceTimersByTimeAsync(2_000);
      expect(monitor.host.uplinks).toEqual([FACTS]);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test.each([
    ['is gone', async () => Promise.reject(new Error('Cannot read the interface wan0: ip shows nothing'))],
    [
      'is no Ethernet any more',
      async () => ({ ...FACTS, ifindex: 3, linkType: 'none', carries: 'packets', mac: undefined }) as const,
    ],
  ])(
    'takes an interface that %s for one that is down, and guards it anew when it is back (FL-23)',
    async (_what, read) => {
      const { monitor, postedWith } = makeMonitor();
      vi.mocked(renewHost).mockResolvedValue(HOST);
      vi.mocked(readUplink).mockImplementation(read);
      change();
      await monitor.stop();
      expect(monitor.host.uplinks).toEqual([{ ...FACTS, isUp: false, ifindex: 0 }]);
      expect(renewHost).not.toHaveBeenCalled();
      const [down, up] = [uplink({ isUp: false }), uplink({ isUp: true, ifindex: 2 })];
      expect(await postedWith({})).toEqual([...down, ...up]);
      expect(renewHost).toHaveBeenCalledTimes(1);
    },
  );

  test.each<[string, Partial<HostMarks>]>([
    ['the guard away', { guards: [] }],
    ['half of it away', { guards: ['inet'] }],
    ['the rules away', { rules: [0, 2] }],
    ['the way into the TUN away', { routes: [1, 1] }],
    ["the resolver's address away", { tunAddresses: [] }],
    ['an on-ramp anew', { links: [{ name: 'lan0', ifindex: 8, isUp: true }] }],
    ['an on-ramp away', { links: [] }],
  ])('sets the host up again, once, when somebody has made or taken %s', async (_what, change) => {
    const { monitor, postedWith } = makeMonitor();
    const marks = { ...MARKS, ...change };
    vi.mocked(readHostMarks).mockResolvedValue(marks);
    vi.mocked(renewHost).mockResolvedValue({ ...HOST, marks });
    expect(await postedWith({})).toEqual([]);
    expect(await postedWith({})).toEqual([]);
    expect(renewHost).toHaveBeenCalledTimes(1);
    expect(monitor.host.uplinks).toEqual([FACTS]);
  });
});
