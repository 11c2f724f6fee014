/** The egress addresses that the gateway owns, by index: shared memory, plans and flows refer to them by it. */
import {
  type Address,
  addressesEqual,
  type Family,
  familyOf,
  formatPrefix,
  type Prefix,
  parseAddress,
  prefixContains,
  prefixesOverlap,
} from '../wire/address.ts';
import { parseRulePrefix } from './rule-prefix.ts';

/** What the inventory is made from; the configuration's egress section has this shape. */
export interface EgressSettings {
  readonly addresses: readonly {
    readonly prefix: Prefix;
    readonly uplink: string;
    readonly location: string | undefined;
  }[];
  readonly defaultIpv4: Address | undefined;
  readonly defaultIpv6: Prefix | undefined;
}

export interface EgressAddress {
  /** Place in `EgressInventory.addresses`. */
  readonly index: number;
  readonly family: Family;
  /** A host prefix for IPv4; any length for IPv6. */
  readonly prefix: Prefix;
  readonly uplink: string;
  readonly location: string | undefined;
}

/** An egress address, and the part of its range that a rule or the default method uses. */
export interface EgressSource {
  readonly index: number;
  readonly prefix: Prefix;
}

export class EgressInventory {
  readonly addresses: readonly EgressAddress[];
  /** What the default egress method uses for IPv4. */
  readonly default4: EgressSource | undefined;
  readonly default6: EgressSource | undefined;

  /** Throws when two addresses overlap, when an IPv4 one is a range, or when a default is not among them. */
  constructor(settings: EgressSettings) {
    this.addresses = settings.addresses.map((address, index) => ({
      ...address,
      index,
      family: familyOf(address.prefix.address),
    }));
    for (const address of this.addresses) this.#checkAddress(address);
    const { defaultIpv4, defaultIpv6 } = settings;
    this.default4 = this.#default(defaultIpv4 && { address: defaultIpv4, length: 32 });
    this.default6 = this.#default(defaultIpv6);
  }

  /** The egress address that contains `prefix`, or undefined. */
  find(prefix: Prefix): EgressSource | undefined {
    const owner = this.addresses.find(
      (address) => address.prefix.length <= prefix.length && prefixContains(address.prefix, prefix.address),
    );
    return owner && { index: owner.index, prefix };
  }

  /** Whether a rule may name this text as `ipv4` or `ipv4_fallback`; false for `0.0.0.0`. */
  ownsIpv4(text: string): boolean {
    const address = parseAddress(text);
    return (
      address !== undefined &&
      familyOf(address) === 4 &&
      this.addresses.some(({ prefix }) => addressesEqual(prefix.address, address))
    );
  }

  /** Whether a rule may name this text as `ipv6`: a range of ours or a part of one. */
  ownsIpv6(text: string): boolean {
    const prefix = parseRulePrefix(text);
    return prefix !== undefined && this.find(prefix) !== undefined;
  }

  #checkAddress({ prefix, family, index }: EgressAddress): void {
    const text = formatPrefix(prefix);
    if (family === 4 && prefix.length !== 32)
      throw new RangeError(`Cannot use egress address ${text}: an IPv4 egress address is a single one`);
    const twin = this.addresses.find((other) => other.index < index && prefixesOverlap(other.prefix, prefix));
    if (twin !== undefined)
      throw new RangeError(
        `Cannot use egress address ${text}: it overlaps with ${formatPrefix(twin.prefix)}`,
      );
  }

  #default(prefix: Prefix | undefined): EgressSource | undefined {
    if (prefix === undefined) return undefined;
    const source = this.find(prefix);
    if (source === undefined)
      throw new RangeError(`Cannot use default egress ${formatPrefix(prefix)}: it is no egress address`);
    return source;
  }
}
