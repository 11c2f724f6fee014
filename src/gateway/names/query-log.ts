/** Logs a line per question and answer. Above a rate limit, lines are omitted and counted in the next one (FL-42). */
import type { Logger } from 'pino';
import type { AnsweredQuery } from '../../resolver/resolver-options.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import { TokenBucket } from '../../time/token-bucket.ts';
import { formatAddress } from '../../wire/address.ts';
import { nameRcode, nameType } from '../../wire/dns/codes.ts';

const LINES_PER_SECOND = 100;
const BURST = 200;

export function makeQueryLog(log: Pick<Logger, 'info'>, clock: MonotonicClock) {
  const bucket = new TokenBucket(LINES_PER_SECOND, BURST, clock());
  let omitted = 0;
  return ({ name, type, client, transport, rcode, tookMs, error }: AnsweredQuery): void => {
    if (!bucket.take(clock())) {
      omitted++;
      return;
    }
    const line = {
      client: formatAddress(client),
      host: name,
      type: nameType(type),
      transport,
      rcode: nameRcode(rcode),
      ms: Math.round(tookMs * 10) / 10,
      ...(error === undefined ? {} : { reason: error }),
      ...(omitted === 0 ? {} : { omitted }),
    };
    omitted = 0;
    log.info(line, 'dns');
  };
}
