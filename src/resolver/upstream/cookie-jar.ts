/**
 * The cookies between us and one upstream (RFC 7873 sections 5.1 and 5.3): once it has given us one, UDP replies without a
 * cookie are not trusted, and an off-path attacker has 64 more bits to guess.
 */
import { randomBytes } from 'node:crypto';
import { CLIENT_COOKIE_BYTES, type Cookie, findCookie } from '../../wire/dns/cookie.ts';
import { parseEdns } from '../../wire/dns/edns.ts';
import type { Message } from '../../wire/dns/message.ts';

const NONE = new Uint8Array(0);
/** RFC 7873 section 7.1 wants secrets changed every day or so; a random cookie is its own secret. */
const LIFE_MS = 86_400_000;

export class CookieJar {
  #client: Uint8Array = randomBytes(CLIENT_COOKIE_BYTES);
  #server: Uint8Array = NONE;
  #renewAtMs = performance.now() + LIFE_MS;

  /** The cookie for a query over UDP. */
  get toShow(): Cookie {
    if (performance.now() >= this.#renewAtMs) {
      this.#client = randomBytes(CLIENT_COOKIE_BYTES);
      this.#server = NONE;
      this.#renewAtMs = performance.now() + LIFE_MS;
    }
    return { client: this.#client, server: this.#server };
  }

  /** The cookie for a query whose reply is trusted anyway, to learn whether the server still gives cookies. */
  get toAsk(): Cookie {
    return { client: this.toShow.client, server: NONE };
  }

  /** Takes the cookie from a trusted reply. */
  learn({ records }: Message): void {
    const edns = parseEdns(records);
    const cookie = edns === 'malformed' ? edns : findCookie(edns);
    this.#server = cookie === undefined || cookie === 'malformed' ? NONE : cookie.server;
  }
}
