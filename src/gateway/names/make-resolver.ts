/** Makes the resolver from the configuration, the gateway's leases and its rules. */
import type { Logger } from 'pino';
import type { Geolocation } from '../../catalog/geolocation.ts';
import { Resolver } from '../../resolver/resolver.ts';
import type { Synthesis } from '../../resolver/resolver-options.ts';
import { systemClock } from '../../time/clock.ts';
import { prefixContains } from '../../wire/address.ts';
import type { Config } from '../config/config.ts';
import { readLimited } from '../config/read-limited.ts';
import { syntheticRanges } from '../worker/worker-settings.ts';
import { DnsRules, type QuestionPolicy } from './dns-rules.ts';
import { makeQueryLog } from './query-log.ts';

export interface ResolverParts {
  readonly config: Config;
  readonly synthesis: Synthesis;
  readonly policy: () => QuestionPolicy;
  readonly geolocation: () => Pick<Geolocation, 'lookup'>;
  readonly log: Logger;
}

const MOST_AUTHORITY_BYTES = 4 * 1024 * 1024;

/** Throws ConfigError if the file of certificate authorities cannot be read. */
export function makeResolver({ config, synthesis, policy, geolocation, log }: ResolverParts): Resolver {
  const synthetic = syntheticRanges(config);
  const clients = config.onramps.flatMap((onramp) => onramp.clients);
  const { listen, upstreams, upstreamChoice, forward, randomizeCase, allowPrivate, blockReply } =
    config.resolver;
  const { authorities, queryLog } = config.resolver;
  return new Resolver({
    listen,
    // Datagrams are received by the DNS front.
    servesUdp: false,
    upstreams,
    upstreamChoice,
    forward,
    randomizeCase,
    authorities:
      authorities === undefined ? undefined : readLimited(authorities, MOST_AUTHORITY_BYTES).toString(),
    allowPrivate,
    refused: [...synthetic, ...config.egress.addresses.map(({ prefix }) => prefix)],
    syntheticRanges: synthetic,
    synthesis,
    rules: new DnsRules({ policy, geolocation, blockReply, wallClock: Date.now }),
    accepts: (client) => clients.some((prefix) => prefixContains(prefix, client)),
    onDefect: (error) => log.error(error, 'a query was not answered'),
    ...(queryLog ? { onAnswer: makeQueryLog(log, systemClock) } : {}),
    now: systemClock,
  });
}
