/**
 * A program: asks a server for so many names nobody has asked for, one after the other, and prints {"p50": seconds}.
 *
 *   time-queries.ts SERVER PORT CLIENT PREFIX COUNT
 */
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { decode, encode, RECURSION_DESIRED } from 'dns-packet';
import { percentile } from '../report.ts';
import { DOMAIN } from './servers.ts';

const PATIENCE_MS = 2_000;

const [server = '', port = '', client = '', prefix = '', count = ''] = process.argv.slice(2);
const socket = createSocket('udp4');
socket.bind({ address: client });
await once(socket, 'listening');
const seconds: number[] = [];
for (let id = 1; id <= Number(count); id++) seconds.push(await timeQuery(id, `${prefix}-${id}.${DOMAIN}`));
socket.close();
console.log(JSON.stringify({ p50: percentile(seconds, 0.5) }));

/** Throws when there is no answer in time, or another than the address that every name has. */
async function timeQuery(id: number, name: string): Promise<number> {
  const query = encode({ type: 'query', id, flags: RECURSION_DESIRED, questions: [{ type: 'A', name }] });
  const began = performance.now();
  socket.send(query, Number(port), server);
  const [bytes] = await once(socket, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
  const ended = performance.now();
  const { id: answered, answers } = decode(bytes);
  if (answered !== id || answers?.length !== 1)
    throw new Error(`Cannot time the query for ${name}: ${JSON.stringify(answers)}`);
  return (ended - began) / 1000;
}
