/** The DNS service of the gateway, over UDP and TCP on the given addresses only. */
import { type Address, type Family, formatAddress } from '../wire/address.ts';
import { Rcode, RecordClass, RecordType } from '../wire/dns/codes.ts';
import { type FoundAddresses, NO_RULES } from './answer/question-rules.ts';
import { Lookup } from './lookup/lookup.ts';
import { type FailedQuery, RecentFailures } from './recent-failures.ts';
import { newCounters, type ResolverCounters } from './resolver-counters.ts';
import {
  type AnsweredQuery,
  DEFAULT_RESOLVER_LIMITS,
  type ResolverLimits,
  type ResolverOptions,
} from './resolver-options.ts';
import { Admission } from './service/admission.ts';
import type { ReceivedQuery, Reply } from './service/answer-query.ts';
import { ServerCookies } from './service/server-cookies.ts';
import { TcpService } from './service/tcp-service.ts';
import { UdpService } from './service/udp-service.ts';
import { Forwarding } from './upstream/forwarding.ts';

const DNS_PORT = 53;

export class Resolver {
  readonly counters: ResolverCounters = newCounters();
  readonly #options: ResolverOptions;
  readonly #limits: ResolverLimits;
  readonly #forwarding: Forwarding;
  readonly #lookup: Lookup;
  readonly #admission: Admission;
  readonly #failures = new RecentFailures();
  readonly #services: Array<UdpService | TcpService> = [];

  constructor(options: ResolverOptions) {
    this.#options = options;
    this.#limits = { ...DEFAULT_RESOLVER_LIMITS, ...options.limits };
    const { counters } = this;
    const { allowPrivate, refused, synthesis, syntheticRanges } = options;
    const shared = { limits: this.#limits, counters, now: options.now };
    this.#forwarding = new Forwarding(options.forward ?? [], {
      servers: options.upstreams,
      choice: options.upstreamChoice ?? 'ordered',
      randomizeCase: options.randomizeCase ?? false,
      authorities: options.authorities,
      ...shared,
    });
    this.#lookup = new Lookup({ upstreams: this.#forwarding, rules: { allowPrivate, refused }, ...shared });
    const local = {
      syntheticRanges,
      allowPrivate,
      nameOf: synthesis.nameOf.bind(synthesis),
      isForwarded: (name: string) => this.#forwarding.isForwarded(name),
    };
    const { tcpIdleMs, queriesPerClient } = this.#limits;
    this.#admission = new Admission(
      options,
      {
        lookup: this.#lookup,
        local,
        synthesis,
        rules: options.rules ?? NO_RULES,
        counters,
        cookies: new ServerCookies(),
        tcpIdleMs,
        now: shared.now,
        onAnswer: (query) => this.#recordAnswer(query),
        allowsReuse: options.onAnswer === undefined,
      },
      queriesPerClient,
    );
  }

  #recordAnswer(query: AnsweredQuery): void {
    const { name, type, rcode, error = 'no reason is known' } = query;
    if (rcode === Rcode.SERVFAIL) this.#failures.record(name, type, error, this.#options.now());
    this.#options.onAnswer?.(query);
  }

  /** Binds all addresses and resolves to their ports. If one cannot be bound, the promise rejects and none stays bound. */
  async start(): Promise<number[]> {
    try {
      const ports: number[] = [];
      for (const address of this.#options.listen) ports.push(await this.#listen(address));
      return ports;
    } catch (cause) {
      await this.stop();
      const addresses = this.#options.listen.map(formatAddress).join(', ');
      throw new Error(`Cannot serve DNS on ${addresses}: ${String(cause)}`, { cause });
    }
  }

  /** Closes all sockets and abandons the queries in flight. */
  async stop(): Promise<void> {
    this.#forwarding.close();
    await Promise.all(this.#services.splice(0).map((service) => service.close()));
  }

  /** Answers a query that was not received on the resolver's own sockets; undefined if no reply may be sent. */
  answer(query: ReceivedQuery): Promise<Reply | undefined> {
    return this.#admission.answer(query);
  }

  /** Looks up the real addresses of a name, bypassing the cache; undefined if no upstream answers or no address is usable. */
  async lookUp(
    name: string,
    family: Family,
  ): Promise<(FoundAddresses & { readonly ttlSeconds: number }) | undefined> {
    const type = family === 4 ? RecordType.A : RecordType.AAAA;
    const question = { name, type, class: RecordClass.IN, dnssecOk: false, checkingDisabled: false };
    try {
      const { resolution, ageSeconds, stale } = await this.#lookup.renew(question);
      if (resolution.kind !== 'addresses' || stale) return undefined;
      const { addresses, aliases, ttlSeconds } = resolution;
      return { addresses, aliases, ttlSeconds: ttlSeconds - ageSeconds };
    } catch (error) {
      this.counters.defects++;
      this.#options.onDefect?.(error);
      return undefined;
    }
  }

  /** The state shown by `syngate dns`. */
  get status(): {
    readonly cache: Lookup['cached'];
    readonly upstreams: Forwarding['status'];
    readonly failures: readonly FailedQuery[];
  } {
    return {
      cache: this.#lookup.cached,
      upstreams: this.#forwarding.status,
      failures: this.#failures.list(),
    };
  }

  async #listen(address: ResolverOptions['listen'][number]): Promise<number> {
    const { accepts, servesUdp = true, port: wanted = DNS_PORT } = this.#options;
    const port = servesUdp ? await this.#listenUdp(address, wanted) : wanted;
    const tcp = new TcpService({
      admission: this.#admission,
      accepts,
      counters: this.counters,
      limits: this.#limits,
    });
    this.#services.push(tcp);
    return tcp.listen(address, port);
  }

  #listenUdp(address: Address, port: number): Promise<number> {
    const udp = new UdpService(this.#admission);
    this.#services.push(udp);
    return udp.listen(address, port);
  }
}
