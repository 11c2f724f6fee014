/** Resolutions of kind `failure`. */
import { ExtendedErrorCode, Rcode } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';
import type { NoReply } from '../upstream/try-race.ts';
import type { CachedResolution } from './answer-cache.ts';
import type { Resolution } from './resolution.ts';

/** The failure when no upstream has replied. */
export function noReplyFailure(reply: NoReply): Resolution {
  const error =
    reply === 'silent'
      ? { code: ExtendedErrorCode.NO_REACHABLE_AUTHORITY, text: 'no upstream has answered' }
      : { code: ExtendedErrorCode.NETWORK_ERROR, text: 'no upstream could be reached' };
  return failureOf(error);
}

/** SERVFAIL with an extended error, not to be cached. */
export function failureOf(error: ExtendedError): Resolution {
  return { kind: 'failure', rcode: Rcode.SERVFAIL, error, ttlSeconds: 0 };
}

/** Marks a cached failure as such (RFC 8914 section 4.14). */
export function markCached(cached: CachedResolution): CachedResolution {
  const { resolution } = cached;
  if (resolution.kind !== 'failure') return cached;
  const error = { code: ExtendedErrorCode.CACHED_ERROR, text: resolution.error.text };
  return { ...cached, resolution: { ...resolution, error } };
}
