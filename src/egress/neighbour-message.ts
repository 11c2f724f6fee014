/**
 * ARP and neighbour discovery as one kind of message: a node asks who has an address, or says who has it. Reads and
 * writes both; buffers begin at the first byte after the link header.
 */
import type { DropReason } from '../report/drop-reason.ts';
import { type Address, addressesEqual, familyOf } from '../wire/address.ts';
import {
  ARP_REPLY,
  ARP_REQUEST,
  arpOperation,
  arpSenderAddress,
  arpSenderMac,
  arpTargetAddress,
  checkArp,
  emitArp,
} from '../wire/arp.ts';
import { BROADCAST_MAC, type MacAddress, multicastMac, ZERO_MAC } from '../wire/mac-address.ts';
import {
  ALL_NODES,
  checkNdp,
  emitNdp,
  NDP_ADVERTISEMENT,
  NDP_SOLICITATION,
  ndpMac,
  ndpOverride,
  ndpSolicited,
  ndpSource,
  ndpTarget,
  ndpType,
  solicitedNodeAddress,
  UNSPECIFIED,
} from '../wire/ndp.ts';
import { ETHER_TYPE_ARP, ETHER_TYPE_IPV6 } from '../wire/protocol.ts';

const ANY_IPV4: Address = new Uint8Array(4);

export interface NeighbourMessage {
  readonly kind: 'solicitation' | 'advertisement';
  /** The sender; undefined for a node that has no address yet and probes for one (RFC 5227, RFC 4862 section 5.4). */
  readonly sender: Address | undefined;
  /** The sender's MAC in a solicitation, the target's in an advertisement. */
  readonly mac: MacAddress | undefined;
  /** The address that is asked for, or that `mac` claims to have. */
  readonly target: Address;
  /** The advertisement answers a solicitation, so the path works in both directions. */
  readonly confirmed: boolean;
  /** The advertisement may replace a known MAC. */
  readonly override: boolean;
}

/** What was written, and what the link header before it must say. */
export interface EmittedMessage {
  readonly length: number;
  readonly etherType: number;
  readonly destination: MacAddress;
}

/** The message in `view[at, end)`, or why it must be ignored; `etherType` is ARP's, or IPv6's when `isNdp` holds. */
export function readNeighbourMessage(
  view: DataView,
  at: number,
  end: number,
  etherType: number,
): NeighbourMessage | DropReason {
  return etherType === ETHER_TYPE_ARP ? readArp(view, at, end) : readNdp(view, at, end);
}

function readArp(view: DataView, at: number, end: number): NeighbourMessage | DropReason {
  const refusal = checkArp(view, at, end);
  if (refusal !== undefined) return refusal;
  const sender = arpSenderAddress(view, at);
  const target = arpTargetAddress(view, at);
  const mac = arpSenderMac(view, at);
  const isAnnouncement = addressesEqual(sender, target); // RFC 5227 section 3: a request or a reply alike
  if (arpOperation(view, at) === ARP_REPLY || isAnnouncement)
    return {
      kind: 'advertisement',
      sender,
      mac,
      target: sender,
      confirmed: !isAnnouncement,
      override: true,
    };
  return {
    kind: 'solicitation',
    sender: addressesEqual(sender, ANY_IPV4) ? undefined : sender,
    mac,
    target,
    confirmed: false,
    override: true,
  };
}

function readNdp(view: DataView, at: number, end: number): NeighbourMessage | DropReason {
  const refusal = checkNdp(view, at, end);
  if (refusal !== undefined) return refusal;
  const source = ndpSource(view, at);
  const isAdvertisement = ndpType(view, at) === NDP_ADVERTISEMENT;
  return {
    kind: isAdvertisement ? 'advertisement' : 'solicitation',
    sender: addressesEqual(source, UNSPECIFIED) ? undefined : source,
    mac: ndpMac(view, at),
    target: ndpTarget(view, at),
    confirmed: isAdvertisement && ndpSolicited(view, at),
    override: !isAdvertisement || ndpOverride(view, at),
  };
}

/** Asks who has `target`: by broadcast or multicast, or of the node at `to` alone. `from` must be of the target's family. */
export function emitSolicitation(
  view: DataView,
  at: number,
  from: { readonly address: Address; readonly mac: MacAddress },
  question: { readonly target: Address; readonly mac: MacAddress | undefined },
): EmittedMessage {
  const { target } = question;
  if (familyOf(target) === 4) {
    const length = emitArp(view, at, {
      operation: ARP_REQUEST,
      senderMac: from.mac,
      senderAddress: from.address,
      targetMac: ZERO_MAC,
      targetAddress: target,
    });
    return { length, etherType: ETHER_TYPE_ARP, destination: question.mac ?? BROADCAST_MAC };
  }
  const group = solicitedNodeAddress(target);
  const length = emitNdp(view, at, {
    type: NDP_SOLICITATION,
    source: from.address,
    destination: question.mac === undefined ? group : target,
    target,
    mac: from.mac,
    solicited: false,
    override: false,
  });
  return { length, etherType: ETHER_TYPE_IPV6, destination: question.mac ?? multicastMac(group) };
}

/** Says that `mac` has `target`. */
export interface Advertisement {
  readonly target: Address;
  readonly mac: MacAddress;
  /**
   * The node that asked: `address` is undefined for a node without one, `mac` when it did not say. Undefined for an
   * unsolicited advertisement, which goes to the whole link.
   */
  readonly to: { readonly address: Address | undefined; readonly mac: MacAddress | undefined } | undefined;
}

export function emitAdvertisement(view: DataView, at: number, advertisement: Advertisement): EmittedMessage {
  return familyOf(advertisement.target) === 4
    ? emitArpAdvertisement(view, at, advertisement)
    : emitNdpAdvertisement(view, at, advertisement);
}

function emitArpAdvertisement(
  view: DataView,
  at: number,
  { target, mac, to }: Advertisement,
): EmittedMessage {
  // An announcement is a request, since some stacks ignore unsolicited replies (RFC 5227 section 3).
  const length = emitArp(view, at, {
    operation: to === undefined ? ARP_REQUEST : ARP_REPLY,
    senderMac: mac,
    senderAddress: target,
    targetMac: to?.mac ?? ZERO_MAC,
    targetAddress: to === undefined ? target : (to.address ?? ANY_IPV4),
  });
  return { length, etherType: ETHER_TYPE_ARP, destination: to?.mac ?? BROADCAST_MAC };
}

function emitNdpAdvertisement(
  view: DataView,
  at: number,
  { target, mac, to }: Advertisement,
): EmittedMessage {
  const asker = to?.address;
  const length = emitNdp(view, at, {
    type: NDP_ADVERTISEMENT,
    source: target,
    destination: asker ?? ALL_NODES,
    target,
    mac,
    solicited: asker !== undefined,
    override: true,
  });
  // A node that asked without giving its MAC still listens to its own solicited-node group.
  const destination =
    asker === undefined ? multicastMac(ALL_NODES) : (to?.mac ?? multicastMac(solicitedNodeAddress(asker)));
  return { length, etherType: ETHER_TYPE_IPV6, destination };
}
