/**
 * Server cookies, which clients receive and send back (RFC 7873 section 5.2), in the interoperable format of RFC 9018 section 4:
 *
 *     | version 1 | reserved, 3 bytes | time of issue, 4 bytes | SipHash of all that and the client's address, 8 bytes |
 */
import { randomBytes, timingSafeEqual } from 'node:crypto';
import type { Address } from '../../wire/address.ts';
import type { Cookie } from '../../wire/dns/cookie.ts';
import { viewOf } from '../../wire/dns/header.ts';
import { SIP_KEY_BYTES, sipHash } from './sip-hash.ts';

const VERSION = 1;
const TIME_AT = 4;
const HASH_AT = 8;
const COOKIE_BYTES = 16;
/** RFC 9018 section 4.3: valid for an hour, and up to five minutes early for clock skew; renewed after half an hour. */
const LIFE_SECONDS = 3600;
const AHEAD_SECONDS = 300;
const RENEWED_AFTER_SECONDS = 1800;

export class ServerCookies {
  readonly #key: Uint8Array;
  /** Seconds since 1970. */
  readonly #now: () => number;

  /** A new key, by default random at every start, invalidates all cookies: clients then get new ones. */
  constructor(now: () => number = () => Math.floor(Date.now() / 1000), key = randomBytes(SIP_KEY_BYTES)) {
    this.#now = now;
    this.#key = key;
  }

  /** Whether the cookie was issued to the client's address and has not expired. */
  isValid(cookie: Cookie, client: Address): boolean {
    const age = this.#ageOf(cookie);
    if (age === undefined || age > LIFE_SECONDS || age < -AHEAD_SECONDS) return false;
    const expected = this.#sign(cookie.client, cookie.server.subarray(0, HASH_AT), client);
    return timingSafeEqual(expected, cookie.server);
  }

  /** The cookie for the reply: the client's own if it is valid and recent, otherwise one with a new server part. */
  answer(cookie: Cookie, client: Address): Cookie {
    const age = this.#ageOf(cookie) ?? RENEWED_AFTER_SECONDS;
    if (age < RENEWED_AFTER_SECONDS && this.isValid(cookie, client)) return cookie;
    const head = new Uint8Array(HASH_AT);
    head[0] = VERSION;
    viewOf(head).setUint32(TIME_AT, this.#now() >>> 0);
    return { client: cookie.client, server: this.#sign(cookie.client, head, client) };
  }

  /** Age in seconds, by serial number arithmetic (RFC 1982). Undefined if the cookie is not ours. */
  #ageOf({ server }: Cookie): number | undefined {
    if (server.length !== COOKIE_BYTES || server[0] !== VERSION) return undefined;
    return (this.#now() - viewOf(server).getUint32(TIME_AT)) | 0;
  }

  #sign(clientCookie: Uint8Array, head: Uint8Array, client: Address): Uint8Array {
    const hash = sipHash(this.#key, Uint8Array.from([...clientCookie, ...head, ...client]));
    return Uint8Array.from([...head, ...hash]);
  }
}
