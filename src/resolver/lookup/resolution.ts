/** The meaning of an upstream's reply, in the form that the cache keeps and the last step answers from. */
import type { Address } from '../../wire/address.ts';
import { ExtendedErrorCode } from '../../wire/dns/codes.ts';
import type { ExtendedError } from '../../wire/dns/edns.ts';

/** A TTL inside `RelayedSections.bytes`. */
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

/** The SOA that proves an absence: its owner, which the absent name lies in, and its data without compression. */
export interface Absence {
  readonly zone: string;
  readonly soa: Uint8Array;
}

export type Resolution = {
  /** How long it may be cached; 0 means for this one answer. */
  readonly ttlSeconds: number;
} & (
  | {
      readonly kind: 'addresses';
      readonly addresses: readonly Address[];
      /** The CNAME targets on the path to them. */
      readonly aliases: readonly string[];
      /** With DO: the answer as it came, signatures and all, unless one of its addresses is refused. */
      readonly signed?: RelayedSections | undefined;
    }
  /** SVCB or HTTPS record data without address hints; none left means NODATA. */
  | { readonly kind: 'services'; readonly services: readonly Uint8Array[] }
  | { readonly kind: 'relay'; readonly sections: RelayedSections }
  /** No name of this kind exists, nor any below it (RFC 8020). */
  | { readonly kind: 'absent'; readonly absence: Absence }
  /** There are addresses, and all of them are refused. */
  | { readonly kind: 'withheld' }
  | { readonly kind: 'failure'; readonly rcode: number; readonly error: ExtendedError }
);

/** Why there is no answer: the pool is full, or the client has used up its quota. */
export const NO_LEASE: ExtendedError = {
  code: ExtendedErrorCode.OTHER,
  text: 'no synthetic address can be leased now',
};

/** Memory the resolution takes, roughly, in bytes. */
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
