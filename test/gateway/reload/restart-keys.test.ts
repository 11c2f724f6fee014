import { describe, expect, test } from 'vitest';
import { configSchema } from '../../../src/gateway/config/schema.ts';
import { findRestartKeys } from '../../../src/gateway/reload/restart-keys.ts';
import { addressBytes } from '../../support/address-text.ts';
import { makeConfig } from '../host/host-fixture.ts';

describe('findRestartKeys', () => {
  test('finds nothing in a configuration that was only read again', () => {
    expect(findRestartKeys(makeConfig(), makeConfig())).toEqual([]);
  });

  test('names each part that changed, however deep', () => {
    const { resolver, limits } = makeConfig();
    const next = makeConfig({
      resolver: { ...resolver, listen: [addressBytes('100.80.0.2'), ...resolver.listen.slice(1)] },
      limits: { ...limits, flows: limits.flows + 1 },
    });
    expect(findRestartKeys(makeConfig(), next)).toEqual(['resolver', 'limits']);
  });

  test('names it as the configuration file does', () => {
    const next = makeConfig({
      storeFile: '/srv/state.db',
      runtimeDirectory: '/srv/run',
      flowLog: { path: '/srv/flows', starts: false },
    });
    const keys = findRestartKeys(makeConfig(), next);
    expect(keys.toSorted()).toEqual(['flow_log', 'runtime_directory', 'store.path']);
    const known = Object.keys(configSchema.shape);
    expect(keys.map((key) => key.split('.')[0] ?? '').filter((key) => !known.includes(key))).toEqual([]);
  });

  test('leaves out what a reload takes up by itself', () => {
    const { expressions } = makeConfig();
    const next = makeConfig({
      policyFile: '/etc/syngate/other.yaml',
      file: '/etc/syngate/b.yaml',
      expressions: { ...expressions, mode: 'strict' },
    });
    expect(findRestartKeys(makeConfig(), next)).toEqual([]);
  });
});
