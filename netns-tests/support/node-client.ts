/**
 * What a program on Node learns of a host: through the C library (dns.lookup), through c-ares (dns.resolve), and by
 * visiting it. Usage: node-client.ts HOST; prints JSON.
 */
import dns from 'node:dns/promises';
import https from 'node:https';
import { json } from 'node:stream/consumers';

const [host = ''] = process.argv.slice(2);

const outcomes = {
  lookup: dns.lookup(host, { all: true }).then((all) => all.map(({ address }) => address)),
  resolve4: dns.resolve4(host),
  resolve6: dns.resolve6(host),
  resolveTxt: dns.resolveTxt(host),
  resolveSoa: dns.resolveSoa(host),
  reverse: dns.resolve4(host).then(async ([address = '']) => dns.reverse(address)),
  // Undici: tries the families in turn (RFC 8305).
  fetch: fetch(`https://${host}/whoami`).then((response) => response.json()),
  https4: visit(4),
  https6: visit(6),
};

const told = Object.entries(outcomes).map(async ([name, outcome]) => [name, await outcome.catch(describe)]);
console.log(JSON.stringify(Object.fromEntries(await Promise.all(told))));

function visit(family: 4 | 6): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const request = https.get(`https://${host}/whoami`, { family }, (response) => {
      json(response).then(resolve, reject);
    });
    request.on('error', reject);
  });
}

/** The code of the failure, as programs see it. */
function describe(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error && 'code' in cause ? String(cause.code) : String(cause);
}
