/** Configurations that went wrong in transit (FL-29): whatever the damage, a place and a reason, or a sound value. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { loadConfig } from '../../../src/gateway/config/load-config.ts';
import { loadPolicy } from '../../../src/gateway/config/load-policy.ts';
import { ConfigError } from '../../../src/report/errors.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-mutated-'));
afterAll(() => rmSync(folder, { recursive: true }));

const CONFIG = `tun: { name: syngate0, mtu: 1500 }
onramps: [ { name: lan, interface: lan0, clients: [10.64.0.0/24, "fd00:64::/64"] } ]
uplinks: [ { name: wan, interface: wan0, next_hop4: 192.0.2.1, host_ports: [22] } ]
egress:
  addresses: [ { address: 203.0.113.9, uplink: wan, location: fra }, { address: "2001:db8:9::/64", uplink: wan } ]
  default: { ipv4: 203.0.113.9 }
  probe: { targets: ["icmp:192.0.2.53", "tcp:[2001:db8:2::53]:443"], interval: 1s }
synthetic: { ipv4: 100.80.0.0/16, lease: 10m, ttl: 60s }
resolver: { upstreams: [192.0.2.53, "192.0.2.54:5353"] }
limits: { flows: 262144 }
`;
const POLICY = `rules:
  - { name: bank, id: b, precedence: 10, enabled: true, action: egress, traffic: 'net.dst.port == 1' }
lists: [{ id: l, name: l, type: IP, items: [{ value: 192.0.2.1 }] }]
users: [{ email: alice@example.com }]
`;

const PIECES = [
  '{',
  '}',
  '[',
  ']',
  ':',
  ',',
  '"',
  "'",
  '\n',
  '  ',
  '- ',
  '&a',
  '*a',
  '!!',
  '|',
  '>',
  '#',
  '%',
  '~',
  'null',
  '.nan',
  '-1',
  '1e999',
  '\u0000',
  '\uFEFF',
  '\t',
  '__proto__: 1',
  'constructor',
  '<<: *a',
  'é',
];

/** One damage: some characters at a place become a piece of syntax, or nothing. */
const damage = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  removed: fc.nat({ max: 12 }),
  added: fc.constantFrom('', ...PIECES),
});

test.each([
  ['loadConfig', loadConfig, CONFIG],
  ['loadPolicy', loadPolicy, POLICY],
])('%s tells file, place and reason of whatever it refuses', (_name, load, good) => {
  const file = path.join(folder, 'file.yaml');
  fc.assert(
    fc.property(fc.array(damage, { minLength: 1, maxLength: 4 }), (damages) => {
      const text = damages.reduce((before, { at, removed, added }) => {
        const start = Math.floor(at * before.length);
        return before.slice(0, start) + added + before.slice(start + removed);
      }, good);
      writeFileSync(file, text);
      for (const problem of problemsOf(() => load(file))) {
        expect(problem.file).toBe(file);
        expect(problem.message).toMatch(/^Cannot /);
        if (!problem.message.startsWith('Cannot read the file')) expect(problem.position).toBeDefined();
      }
    }),
    { numRuns: 500 },
  );
});

function problemsOf(load: () => unknown): ConfigError['problems'] {
  try {
    load();
    return [];
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
}
