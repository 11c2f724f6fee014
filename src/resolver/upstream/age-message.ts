/** Lowers the TTLs of a reply by the time it has spent in HTTP caches (RFC 8484 section 5.1). */
import { RecordType } from '../../wire/dns/codes.ts';
import { viewOf } from '../../wire/dns/header.ts';
import { type Message, parseMessage } from '../../wire/dns/message.ts';

/** The message with all TTLs reduced by `ageSeconds`, but not below 0. */
export function ageMessage(message: Message, ageSeconds: number): Message {
  if (ageSeconds === 0) return message;
  const bytes = Uint8Array.from(message.bytes);
  const view = viewOf(bytes);
  for (const { type, ttl, ttlAt } of message.records) {
    // The TTL field of OPT is not a TTL (RFC 6891 section 6.1.3).
    if (type !== RecordType.OPT) view.setUint32(ttlAt, Math.max(0, ttl - ageSeconds));
  }
  return parseMessage(bytes) ?? message;
}
