import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { findSocket } from '../../src/cli/find-socket.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-socket-'));
afterAll(() => rmSync(folder, { recursive: true }));
const config = path.join(folder, 'config.yaml');
writeFileSync(
  config,
  `onramps: [{ name: lan, interface: lan0, clients: [10.64.0.0/24] }]
uplinks: [{ name: wan, interface: wan0 }]
egress: { addresses: [{ address: 203.0.113.9, uplink: wan }] }
resolver: { upstreams: [192.0.2.53] }
runtime_directory: /run/other
`,
);

test.each([
  ['--socket first', { socket: '/a', config }, { SYNGATE_SOCKET: '/b' }, '/a'],
  ['then SYNGATE_SOCKET', { config }, { SYNGATE_SOCKET: '/b' }, '/b'],
  ['then the configuration', { config }, {}, '/run/other/api.sock'],
  ['then the usual place', {}, { SYNGATE_SOCKET: '' }, '/run/syngate/api.sock'],
])('findSocket takes %s', (_name, choice, environment, expected) => {
  expect(findSocket(choice, environment)).toBe(expected);
});
