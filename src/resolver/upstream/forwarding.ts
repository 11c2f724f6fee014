/** Selects the upstreams for a question: those of the longest configured domain that contains its name, or the default ones. */
import type { Message } from '../../wire/dns/message.ts';
import type { ForwardZone, UpstreamServer } from '../resolver-options.ts';
import type { UpstreamQuestion } from './sent-query.ts';
import type { NoReply } from './try-race.ts';
import type { UpstreamState } from './upstream-health.ts';
import { Upstreams, type UpstreamsOptions } from './upstreams.ts';

export interface ForwardingStatus {
  /** Empty for the default upstreams. */
  readonly domains: readonly string[];
  readonly upstreams: readonly UpstreamState[];
}

interface Group {
  readonly domains: readonly string[];
  readonly upstreams: Upstreams;
}

/** The domain of the default upstreams. */
const ROOT_ZONE = '';

export class Forwarding {
  readonly #default: Upstreams;
  readonly #groups: readonly Group[];
  readonly #byDomain: ReadonlyMap<string, Upstreams>;

  constructor(zones: readonly ForwardZone[], options: UpstreamsOptions) {
    const make = (servers: readonly UpstreamServer[]) => new Upstreams({ ...options, servers });
    const forwarded = zones.map(({ domains, upstreams }) => ({ domains, upstreams: make(upstreams) }));
    this.#default = make(options.servers);
    this.#groups = [{ domains: [], upstreams: this.#default }, ...forwarded];
    this.#byDomain = new Map(
      forwarded.flatMap(({ domains, upstreams }) =>
        domains.map((domain): [string, Upstreams] => [domain, upstreams]),
      ),
    );
  }

  /** The first usable reply; otherwise the last reply with an rcode; otherwise the reason why there is none. Never rejects. */
  ask(question: UpstreamQuestion): Promise<Message | NoReply> {
    return (this.#byDomain.get(this.zoneOf(question.name)) ?? this.#default).ask(question);
  }

  /** Whether the name is in a domain with upstreams of its own. */
  isForwarded(name: string): boolean {
    return this.zoneOf(name) !== ROOT_ZONE;
  }

  /** The domain that selects the name's upstreams; empty for the default ones. */
  zoneOf(name: string): string {
    if (this.#byDomain.size === 0) return ROOT_ZONE;
    for (let domain = name; ; domain = domain.slice(domain.indexOf('.') + 1)) {
      if (this.#byDomain.has(domain)) return domain;
      if (!domain.includes('.')) return ROOT_ZONE;
    }
  }

  get status(): readonly ForwardingStatus[] {
    return this.#groups.map(({ domains, upstreams }) => ({ domains, upstreams: upstreams.health.status }));
  }

  /** Aborts all questions in flight. */
  close(): void {
    for (const { upstreams } of this.#groups) upstreams.close();
  }
}
