/** Answers refused packets, in place and within the rate limit for the gateway's own ICMP (row R4). */
import type { PacketBatch } from '../../device/packet-batch.ts';
import type { RefusalWriter } from '../../nat/refusal-writer.ts';
import type { DropReason } from '../../report/drop-reason.ts';
import type { TokenBucket } from '../../time/token-bucket.ts';
import { ipv4MayBeCut } from '../../wire/ipv4.ts';
import type { PacketView } from '../../wire/packet-view.ts';
import { PROTOCOL_TCP } from '../../wire/protocol.ts';
import { clearHeader } from '../../wire/virtio-net.ts';
import type { Gatekeeper } from './admission/gatekeeper.ts';
import { mayPass, refusalFor } from './refusal-policy.ts';
import type { WorkerCounters } from './reports/counters.ts';

export interface RefuserParts {
  readonly gatekeeper: Gatekeeper;
  readonly counters: WorkerCounters;
  readonly refusals: RefusalWriter;
  readonly icmpLimit: TokenBucket;
}

export class Refuser {
  readonly #parts: RefuserParts;

  constructor(parts: RefuserParts) {
    this.#parts = parts;
  }

  /**
   * Writes the reply to the client over its packet in the slot (docs/nat.md, Refusals); false if there is none. `mtu` is that
   * of the link for which the packet was too big.
   */
  answerClient(
    batch: PacketBatch,
    slot: number,
    packet: PacketView,
    reason: DropReason,
    mtu: number,
    nowMs: number,
  ): boolean {
    // Some reasons are found before the source is checked, and an answer to a forged source would leave through an uplink.
    if (!this.#parts.gatekeeper.isClient(packet)) return false;
    const isAnswered =
      reason === 'packet-too-big'
        ? this.#writeTooBig(batch, slot, packet, mtu, 'gateway', nowMs)
        : this.#writeRefusal(batch, slot, packet, reason, nowMs);
    if (isAnswered) this.#parts.counters.add('refusals');
    return isAnswered;
  }

  /** Writes "packet too big" over a packet from the internet that does not fit the clients' side; false if it must not reply. */
  answerInternet(batch: PacketBatch, slot: number, packet: PacketView, mtu: number, nowMs: number): boolean {
    return this.#writeTooBig(batch, slot, packet, mtu, 'destination', nowMs);
  }

  #writeRefusal(
    batch: PacketBatch,
    slot: number,
    packet: PacketView,
    reason: DropReason,
    nowMs: number,
  ): boolean {
    const { refusals } = this.#parts;
    const refusal = refusalFor(reason);
    if (refusal === undefined) return false;
    const isReset = packet.protocol === PROTOCOL_TCP && !mayPass(reason);
    if (!isReset && !this.#mayTell(nowMs)) return false;
    return finish(
      batch,
      slot,
      isReset ? refusals.writeReset(packet) : refusals.writeUnreachable(packet, refusal),
    );
  }

  /** Senders that allow fragmentation are not told that their packets are too big (RFC 1812 section 5.2.7.1). */
  #writeTooBig(
    batch: PacketBatch,
    slot: number,
    packet: PacketView,
    mtu: number,
    from: 'gateway' | 'destination',
    nowMs: number,
  ): boolean {
    if (packet.family === 4 && ipv4MayBeCut(packet.view, packet.at)) return false;
    if (!this.#mayTell(nowMs)) return false;
    return finish(batch, slot, this.#parts.refusals.writeTooBig(packet, mtu, from));
  }

  #mayTell(nowMs: number): boolean {
    const { icmpLimit, counters } = this.#parts;
    if (icmpLimit.take(nowMs)) return true;
    counters.drop('icmp-rate-limited');
    return false;
  }
}

/** The reply is never a super-packet, even to one. */
function finish(batch: PacketBatch, slot: number, length: number): boolean {
  if (length === 0) return false;
  clearHeader(batch.view, batch.vnetAt(slot));
  batch.lengths[slot] = length;
  return true;
}
