/** What crosses the gateway arrives byte-identical (issue 2, Done when 4). */
import { describe, expect, test } from 'vitest';
import { runIn } from './lab/command.ts';
import { deterministicDigest } from './lab/deterministic-bytes.ts';
import { Transfer } from './support/transfer.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const GIGABYTE = 1_000_000_000;
const SEVERAL = 8;

describe('transfer', () => {
  test('a download of 1 GB arrives byte-identical', async () => {
    const transfer = download('alice', 4, GIGABYTE);
    expect(await transfer.ended).toBe(0);
    expect(transfer.received).toBe(GIGABYTE);
    expect(transfer.digest()).toBe(deterministicDigest(GIGABYTE));
  });

  test('a download of 200 MB over IPv6 arrives byte-identical', async () => {
    const transfer = download('bob', 6, GIGABYTE / 5);
    expect(await transfer.ended).toBe(0);
    expect(transfer.digest()).toBe(deterministicDigest(GIGABYTE / 5));
  });

  test.each([4, 6] as const)('an upload of 200 MB over IPv%i arrives byte-identical', (family) => {
    const bytes = GIGABYTE / 5;
    const upload = `head -c ${bytes} /dev/zero | openssl enc -aes-256-ctr -K ${'0'.repeat(64)} -iv ${'0'.repeat(32)} |
      curl -sS -${family} -m 60 --data-binary @- http://shop.example.com/echo`;
    const answer = runIn(lab, 'alice', ['sh', '-c', upload]);
    expect(JSON.parse(answer)).toEqual({ bytes, sha256: deterministicDigest(bytes) });
  });

  test('several downloads of two clients at once arrive byte-identical', async () => {
    const bytes = GIGABYTE / 50;
    const transfers = Array.from({ length: SEVERAL }, (_, index) =>
      download(index % 2 === 0 ? 'alice' : 'bob', index % 4 < 2 ? 4 : 6, bytes),
    );
    expect(await Promise.all(transfers.map(({ ended }) => ended))).toEqual(Array(SEVERAL).fill(0));
    const wanted = deterministicDigest(bytes);
    for (const transfer of transfers) expect(transfer.digest()).toBe(wanted);
  });
});

function download(client: 'alice' | 'bob', family: 4 | 6, bytes: number): Transfer {
  return new Transfer(lab, client, [
    'curl',
    '-sS',
    `-${family}`,
    '-m',
    '90',
    `https://shop.example.com/bytes/${bytes}`,
  ]);
}
