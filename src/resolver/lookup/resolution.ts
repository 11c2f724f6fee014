/** An upstream's reply, interpreted: the form that is cached and that answers are composed from. */
import type { Address } from '../../wire/address.ts';
import { ExtendedErrorCode } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';

/** A TTL field; `at` is its offset in `RelayedSections.bytes`. */
export interface TtlField {
  readonly at: number;
  readonly ttlSeconds: number;
}

/** Answer and authority sections as the upstream wrote them, without addresses. */
export interface RelayedSections {
  readonly rcode: number;
  readonly answers: number;
  readonly authorities: number;
  readonly bytes: Uint8Array;
  readonly ttls: readonly TtlField[];
}

/** The SOA of a negative answer: the zone that the absent name is in, and the SOA's RDATA without compression. */
export interface Absence {
  readonly zone: string;
  readonly soa: Uint8Array;
}

export type Resolution = {
  /** How long it may be cached; 0: not at all. */
  readonly ttlSeconds: number;
} & (
  | {
      readonly kind: 'addresses';
      readonly addresses: readonly Address[];
      /** The CNAME targets on the path to them. */
      readonly aliases: readonly string[];
      /** With DO set: the answer as received, with its signatures; absent if one of its addresses is refused. */
      readonly signed?: RelayedSections | undefined;
    }
  /** RDATA of SVCB or HTTPS records without address hints; none means NODATA. */
  | { readonly kind: 'services'; readonly services: readonly Uint8Array[] }
  | { readonly kind: 'relay'; readonly sections: RelayedSections }
  /** Neither the name nor any name below it exists (RFC 8020). */
  | { readonly kind: 'absent'; readonly absence: Absence }
  /** The name has addresses, but all of them are refused. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'failure'; readonly rcode: number; readonly error: ExtendedError }
);

/** The extended error when the pool is full or the client's quota is used up. */
export const NO_LEASE: ExtendedError = {
  code: ExtendedErrorCode.OTHER,
  text: 'no synthetic address can be leased now',
};

/** The approximate memory use of the resolution, in bytes. */
export function resolutionBytes(resolution: Resolution): number {
  switch (resolution.kind) {
    case 'addresses':
      return (
        (resolution.addresses.length + resolution.aliases.length) * 100 +
        (resolution.signed?.bytes.length ?? 0)
      );
    case 'services':
      return resolution.services.reduce((sum, service) => sum + 100 + service.length, 0);
    case 'relay':
      return resolution.sections.bytes.length + resolution.sections.ttls.length * 50;
    case 'absent':
      return resolution.absence.soa.length;
    default:
      return 0;
  }
}
