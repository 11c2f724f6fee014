/**
 * Chrome 142 and later count 100.64.0.0/10 as the local network, and ask before a public page may fetch from there
 * (docs/configuration.md). What lets pages fetch from synthetic addresses all the same.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { startGateway, stopGateway } from './lab/gateway-process.ts';
import { writeOver } from './lab/host-files.ts';
import { EGRESS } from './lab/topology.ts';
import { openFetchingPage, prepareChromium } from './support/chromium.ts';
import { editYaml } from './support/edit-yaml.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab({ gateway: false });
const OVER_IPV4 = 'v4only.example.com';
const OVER_IPV6 = 'v6only.example.com';
const BOTH_WAYS = [
  [OVER_IPV6, OVER_IPV4, EGRESS.default4],
  [OVER_IPV4, OVER_IPV6, EGRESS.default6],
] as const;

beforeAll(() => prepareChromium(lab));
afterAll(() => stopGateway(lab));

describe('with the default ranges, of which one is local and the other public', () => {
  // The policy LocalNetworkAccessIpAddressSpaceOverrides. Without it Chromium 156 fails the first of the two.
  const AS_CHROME_POLICY = '--ip-address-space-overrides=100.64.0.0/10=public';

  beforeAll(() => startGateway(lab).then(() => undefined));

  test.each(BOTH_WAYS)(
    'pages from %s fetch from %s when the range is declared public',
    (page, other, source) => {
      const { fetched } = openFetchingPage(lab, page, other, [AS_CHROME_POLICY]);
      expect(fetched).toMatchObject({ host: other, address: source });
    },
  );
});

describe('with the preset public-ranges', () => {
  beforeAll(async () => {
    await stopGateway(lab);
    editYaml(gatewayFilesOf(lab).config, (file) => {
      file.synthetic = { preset: 'public-ranges' };
    });
    await startGateway(lab);
    writeOver(lab, 'alice', 'resolv.conf', 'nameserver 198.18.0.1\nnameserver 2001:2::1\n');
  });

  test.each(BOTH_WAYS)('pages from %s fetch from %s', (page, other, source) => {
    const { fetched, events } = openFetchingPage(lab, page, other);
    expect(fetched).toMatchObject({ host: other, address: source });
    expect(events('LOCAL_NETWORK_ACCESS_CHECK')).not.toContainEqual(
      expect.objectContaining({ resource_address_space: 'local' }),
    );
  });
});
