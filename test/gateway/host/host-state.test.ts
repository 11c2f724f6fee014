import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterEach, expect, test } from 'vitest';
import { readHostState, removeHostState, writeHostState } from '../../../src/gateway/host/host-state.ts';

const folder = mkdtempSync(path.join(os.tmpdir(), 'syngate-state-'));
const file = path.join(folder, 'host-state.json');
afterEach(() => rmSync(folder, { recursive: true, force: true }));

test('readHostState gives back what writeHostState wrote, and leaves nothing else behind', () => {
  const state = {
    ...readHostState(folder),
    tun: { name: 'syngate0', isOurs: true },
    sysctls: [{ key: 'a', value: '1' }],
  };
  writeHostState(folder, state);
  expect(readHostState(folder)).toEqual(state);
  expect(readdirSync(folder)).toEqual(['host-state.json']);
  removeHostState(folder);
  expect(readHostState(folder)).toMatchObject({ tun: null, sysctls: [] });
});

test('readHostState ignores what an earlier boot left', () => {
  writeHostState(folder, { ...readHostState(folder), sysctls: [{ key: 'a', value: '1' }] });
  writeFileSync(file, readFileSync(file, 'utf8').replace(/"bootId": "[^"]+"/, '"bootId": "another"'));
  expect(readHostState(folder).sysctls).toEqual([]);
});

test('readHostState refuses a damaged file rather than forget what the host was like (FL-31)', () => {
  writeHostState(folder, readHostState(folder));
  writeFileSync(file, '{"bootId":');
  expect(() => readHostState(folder)).toThrow(
    /Cannot read .*host-state\.json, which holds the former host settings/,
  );
});
