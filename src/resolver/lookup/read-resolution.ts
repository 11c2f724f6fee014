/**
 * Fourth step: interprets an upstream's reply. Address questions yield the addresses at the end of the CNAME chain; address
 * hints are removed from service bindings; everything else is relayed, but never with an address in it (S5, D19).
 */
import { ExtendedErrorCode, Rcode, RecordClass, RecordType } from '../../wire/dns/codes.ts';
import { fullRcode } from '../../wire/dns/edns.ts';
import type { Message } from '../../wire/dns/message.ts';
import { scrubService } from '../../wire/dns/service-record.ts';
import { failureOf } from './failed-resolution.ts';
import { addressesOf, type Chain, followChain } from './follow-chain.ts';
import { type AddressRules, isRefusedAddress } from './private-addresses.ts';
import { readAbsence } from './read-absence.ts';
import { relayedTtl, relaySections } from './relay-sections.ts';
import type { Resolution } from './resolution.ts';

/** More addresses than any flow would try. Chosen by us. */
const MAX_ADDRESSES = 32;

/** Never throws: an unusable reply becomes a resolution of kind `failure`. */
export function readResolution(
  message: Message,
  { rules, dnssecOk }: { rules: AddressRules; dnssecOk: boolean },
): Resolution {
  const rcode = fullRcode(message);
  if (rcode !== Rcode.NOERROR && rcode !== Rcode.NXDOMAIN) return mirrorFailure(rcode);
  if (message.question.class !== RecordClass.IN) return relay(message);
  // A client that asks for DNSSEC proofs gets them unchanged.
  if (rcode === Rcode.NXDOMAIN) return (dnssecOk ? undefined : readAbsence(message)) ?? relay(message);
  switch (message.question.type) {
    case RecordType.A:
    case RecordType.AAAA:
      return readChain(message, (chain) => readAddresses(chain, rules, dnssecOk ? message : undefined));
    case RecordType.SVCB:
    case RecordType.HTTPS:
      return readChain(message, readServices);
    default:
      return relay(message);
  }
}

/** SERVFAIL, with `text` as its extended error. */
function invalidReply(text: string): Resolution {
  return failureOf({ code: ExtendedErrorCode.INVALID_DATA, text });
}

/** Passes on REFUSED; other rcodes, such as FORMERR and NOTIMP, are about our query to the upstream and become SERVFAIL. */
function mirrorFailure(rcode: number): Resolution {
  const error = {
    code: ExtendedErrorCode.NO_REACHABLE_AUTHORITY,
    text: `the upstream answered with rcode ${rcode}`,
  };
  const mirrored = rcode === Rcode.REFUSED ? Rcode.REFUSED : Rcode.SERVFAIL;
  return { kind: 'failure', rcode: mirrored, error, ttlSeconds: 0 };
}

function relay(message: Message): Resolution {
  const sections = relaySections(message);
  if (sections === undefined) return invalidReply('the upstream put addresses where none belong');
  return { kind: 'relay', sections, ttlSeconds: relayedTtl(message, sections) };
}

/** A reply without data at the end of the chain is relayed as NODATA, SOA included. */
function readChain(message: Message, read: (chain: Chain) => Resolution): Resolution {
  const chain = followChain(message);
  if (chain === undefined) return invalidReply('the CNAME chain loops or is too long');
  return chain.records.length === 0 ? relay(message) : read(chain);
}

function readAddresses(chain: Chain, rules: AddressRules, signed: Message | undefined): Resolution {
  const { ttlSeconds, aliases } = chain;
  const all = addressesOf(chain.records);
  // Sorted, so that a server which rotates its records does not appear to have changed its addresses.
  const addresses = all.filter((address) => !isRefusedAddress(address, rules)).sort(Buffer.compare);
  if (addresses.length === 0) return { kind: 'withheld', ttlSeconds };
  return {
    kind: 'addresses',
    addresses: addresses.slice(0, MAX_ADDRESSES),
    aliases,
    ttlSeconds,
    signed:
      signed === undefined || addresses.length < all.length
        ? undefined
        : relaySections(signed, chain.records),
  };
}

function readServices({ records, ttlSeconds }: Chain): Resolution {
  const services = records.flatMap(({ rdata }) => scrubService(rdata) ?? []);
  return { kind: 'services', services, ttlSeconds };
}
