/** `syngate trace` at a running gateway: decisions live, and a capture of both sides that tcpdump can read. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { readPcapng } from '../test/support/read-pcapng.ts';
import { inside, labEnvironment, runIn, tryRunIn } from './lab/command.ts';
import { gatewayFilesOf } from './lab/gateway-files.ts';
import { gatewayPid, SYNGATE, stopGateway } from './lab/gateway-process.ts';
import { EGRESS } from './lab/topology.ts';
import { waitUntil } from './lab/wait.ts';
import { lease, whoami } from './support/clients.ts';
import { useLab } from './support/use-lab.ts';

const lab = useLab();
const { socket } = gatewayFilesOf(lab);
const file = path.join(lab.directory, 'flow.pcapng');
/** Packets of more than one visit, so that the beginning of one is among them whenever the trace begins. */
const EACH_SIDE = 60;
const REACHES_THE_BANK =
  /tcp 10\.64\.0\.2:\d+ alice@acme\.example → bank\.example\.com:443 203\.0\.113\.9:\d+ on wan \(primary\) by Finance reaches/;

/** `syngate trace` beside the test; `text` is what it has said, on either channel. */
function startTrace(...words: string[]) {
  const [command = '', ...rest] = inside(lab, 'gw', [SYNGATE, '--socket', socket, 'trace', ...words]);
  const child = spawn(command, rest, { stdio: ['ignore', 'pipe', 'pipe'], env: labEnvironment() });
  const trace = { text: '', ended: once(child, 'close').then(([code]): unknown => code) };
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      trace.text += chunk.toString();
    });
  return trace;
}

/** Asks again until the trace, which takes a moment to begin, has seen it. */
async function askUntil(isSeen: () => boolean, ask: () => unknown): Promise<void> {
  await waitUntil(
    () => {
      ask();
      return isSeen();
    },
    20_000,
    () => 'the trace sees nothing',
  );
}

test('trace follows decisions, those of the client that was named', async () => {
  const trace = startTrace('--client', '10.64.0.2', '--seconds', '6');
  const leased = ['bank.example.com', 'shop.example.com'].map((name) => lease(lab, 'alice', name));
  const [unknown] = ['100.80.1.1', '100.80.1.2', '100.80.1.3'].filter((address) => !leased.includes(address));
  // The trace may have begun between a visit to the bank and what comes after it.
  await askUntil(
    () => trace.text.includes('synthetic-unknown') && REACHES_THE_BANK.test(trace.text),
    () => {
      whoami(lab, 'alice', 'bank.example.com');
      whoami(lab, 'bob', 'shop.example.com');
      tryRunIn(lab, 'alice', ['curl', '-s', '--max-time', '1', `http://${unknown}/`]);
    },
  );
  expect(trace.text).not.toContain('bob@acme.example');
  expect(await trace.ended).toBe(0);
});

describe('trace --pcap', () => {
  test('shows a connection on both sides, to tcpdump as well', async () => {
    const trace = startTrace(
      '--pcap',
      file,
      '--host',
      'bank.example.com',
      '--packets',
      String(2 * EACH_SIDE),
    );
    let hasEnded = false;
    trace.ended.then(() => {
      hasEnded = true;
    });
    await askUntil(
      () => hasEnded,
      () => {
        whoami(lab, 'alice', 'bank.example.com');
        whoami(lab, 'alice', 'shop.example.com');
      },
    );
    expect(trace.text).toContain('written to');
    const { interfaces, packets } = readPcapng(readFileSync(file));
    expect(interfaces).toEqual(['clients (inner)', 'wan']);
    expect(packets).toHaveLength(2 * EACH_SIDE);
    expect(packets.map(({ comment }) => comment)).toContain(
      "bank.example.com, by rule: Finance reaches the bank from Acme's own address",
    );
    const synthetic = lease(lab, 'alice', 'bank.example.com');
    const lines = runIn(lab, 'gw', ['tcpdump', '-nn', '-r', file]).split('\n').filter(Boolean);
    expect(lines).toHaveLength(2 * EACH_SIDE);
    const inner = lines.filter((line) => line.includes(`${synthetic}.443`) && line.includes('10.64.0.2.'));
    const outer = lines.filter(
      (line) => line.includes('192.0.2.198.443') && line.includes(`${EGRESS.primary}.`),
    );
    expect(inner.length).toBe(EACH_SIDE);
    expect(outer.length).toBe(EACH_SIDE);
    for (const side of [inner, outer]) expect(side.join('\n')).toContain('Flags [S]');
  });

  test('shows what is dropped by an egress address', async () => {
    const trace = startTrace('--pcap', file, '--egress', EGRESS.other, '--seconds', '6');
    const probe = ['nmap', '-n', '-Pn', '-sS', '-p80', '--max-retries', '0', EGRESS.other];
    let hasEnded = false;
    trace.ended.then(() => {
      hasEnded = true;
    });
    await askUntil(
      () => hasEnded,
      () => tryRunIn(lab, 'net', probe),
    );
    const comments = readPcapng(readFileSync(file)).packets.map(({ on, comment }) => `${on}: ${comment}`);
    expect(comments).toContain('wan: dropped: no-flow-outside');
  });

  test('does not keep the gateway from ending', async () => {
    rmSync(file, { force: true });
    const trace = startTrace('--pcap', file);
    // A look by another trace could itself be in the way of this one.
    await waitUntil(
      () => existsSync(file) && statSync(file).size > 0,
      10_000,
      () => `the trace does not begin: ${trace.text}`,
    );
    await stopGateway(lab);
    expect(gatewayPid(lab)).toBeUndefined();
    expect(await trace.ended).toBe(0);
    expect(readPcapng(readFileSync(file)).interfaces).toHaveLength(2);
  });
});
