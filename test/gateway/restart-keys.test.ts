import { describe, expect, test } from 'vitest';
import { findRestartKeys } from '../../src/gateway/restart-keys.ts';
import { addressBytes } from '../support/address-text.ts';
import { makeConfig } from './host/host-fixture.ts';

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
