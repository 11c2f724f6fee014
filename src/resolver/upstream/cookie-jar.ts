/**
 * DNS cookies exchanged with one upstream (RFC 7873 sections 5.1 and 5.3). Once the server has sent one, UDP replies without a
 * cookie are not trusted: an off-path attacker must guess 64 more bits.
 */
import { randomBytes } from 'node:crypto';
import { CLIENT_COOKIE_BYTES, type Cookie, findCookie } from '../../wire/dns/cookie.ts';
import { parseEdns } from '../../wire/dns/edns.ts';
import type { Message } from '../../wire/dns/message.ts';

const NONE = new Uint8Array(0);
/** RFC 7873 section 7.1 recommends changing the secret about daily; here the random client cookie is the secret. */
const LIFE_MS = 86_400_000;

export class CookieJar {
  #client: Uint8Array = randomBytes(CLIENT_COOKIE_BYTES);
  #server: Uint8Array = NONE;
  #renewAtMs = performance.now() + LIFE_MS;

  /** The cookie for a query over UDP. */
  get forUdp(): Cookie {
    if (performance.now() >= this.#renewAtMs) {
      this.#client = randomBytes(CLIENT_COOKIE_BYTES);
      this.#server = NONE;
      this.#renewAtMs = performance.now() + LIFE_MS;
    }
    return { client: this.#client, server: this.#server };
  }

  /** The cookie for a query over TCP, whose reply is trusted anyway: it shows whether the server still sends cookies. */
  get forTcp(): Cookie {
    return { client: this.forUdp.client, server: NONE };
  }

  /** Stores the server's cookie from a trusted reply. */
  learn({ records }: Message): void {
    const edns = parseEdns(records);
    const cookie = edns === 'malformed' ? edns : findCookie(edns);
    this.#server = cookie === undefined || cookie === 'malformed' ? NONE : cookie.server;
  }
}
