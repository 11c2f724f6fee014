/** Sends the prober's packets from the egress address under test, and recognises what comes back for them. */
import { chooseClientAddress } from '../../../egress/client-address.ts';
import type { EgressInventory } from '../../../egress/egress-inventory.ts';
import type { ProbeTarget } from '../../../egress/prober.ts';
import {
  type ProbeWay,
  readProbeToken,
  writeEchoProbe,
  writeProbeReset,
  writeSynProbe,
} from '../../../nat/probe-packets.ts';
import { type Address, familyOf } from '../../../wire/address.ts';
import { isSameAddress, writeAddressWords } from '../../../wire/address-words.ts';
import type { PacketView } from '../../../wire/packet-view.ts';
import { PROTOCOL_TCP } from '../../../wire/protocol.ts';
import { TCP_RST } from '../../../wire/tcp.ts';
import type { UplinkPort } from './uplink-port.ts';

export interface ProbeSenderParts {
  readonly inventory: EgressInventory;
  readonly uplinkOf: readonly UplinkPort[];
  /** A port that may be used at an egress address. */
  readonly drawPort: (egressIndex: number) => number;
  readonly secret: Uint8Array;
  /** Addresses inside IPv6 ranges that are in use by others. */
  readonly taken: readonly Address[];
  readonly onReply: (egressIndex: number, token: number) => void;
}

/** The last probe from an egress address to a target: only its target's answer counts, so no other host is answered (FL-10). */
interface SentProbe {
  readonly target: ProbeTarget;
  readonly words: Uint32Array;
  token: number;
}

export class ProbeSender {
  readonly #parts: ProbeSenderParts;
  /** By egress address. */
  readonly #sent: readonly SentProbe[][];
  /** The source words of each egress address. */
  readonly #sources: readonly Uint32Array[];
  readonly #way = new Uint32Array(8);

  constructor(parts: ProbeSenderParts) {
    this.#parts = parts;
    this.#sent = parts.inventory.addresses.map(() => []);
    this.#sources = parts.inventory.addresses.map(({ prefix }) => {
      const words = new Uint32Array(4);
      const address =
        familyOf(prefix.address) === 4
          ? prefix.address
          : chooseClientAddress(prefix, 'probe', parts.secret, parts.taken);
      writeAddressWords(address ?? prefix.address, words, 0);
      return words;
    });
  }

  /** A probe that cannot be sent is lost, and its round fails, as it should. */
  send(egressIndex: number, target: ProbeTarget, token: number, nowMs: number): void {
    const way = this.#wayOf(egressIndex, familyOf(target.address));
    const uplink = this.#parts.uplinkOf[egressIndex];
    if (way === undefined || uplink === undefined) return;
    writeAddressWords(target.address, way.addresses, 4);
    this.#expect(egressIndex, target, way.addresses.slice(4), token);
    const hop = uplink.hopFor(way.addresses, 4, way.family);
    const ports = { source: this.#parts.drawPort(egressIndex), destination: target.port };
    uplink.sendPacket(hop, way.family, nowMs, (view, at) =>
      target.protocol === 'icmp'
        ? writeEchoProbe(view, at, way, token)
        : writeSynProbe(view, at, way, ports, token),
    );
  }

  /** Takes a packet that matches no flow; true when it answers a probe. */
  receive(packet: PacketView, nowMs: number): boolean {
    const token = readProbeToken(packet);
    const egressIndex =
      token === -1 ? -1 : this.#sources.findIndex((words) => isSameAddress(words, 0, packet.addresses, 4));
    if (!this.#sent[egressIndex]?.some((probe) => isAnswer(packet, token, probe))) return false;
    this.#parts.onReply(egressIndex, token);
    this.#parts.uplinkOf[egressIndex]?.heard(packet.family, nowMs);
    if (packet.protocol === PROTOCOL_TCP && (packet.tcpFlags & TCP_RST) === 0)
      this.#reset(egressIndex, packet, nowMs);
    return true;
  }

  #expect(egressIndex: number, target: ProbeTarget, words: Uint32Array, token: number): void {
    const sent = this.#sent[egressIndex] ?? [];
    const known = sent.find((probe) => isSameTarget(probe, target, words));
    if (known === undefined) sent.push({ target, words, token });
    else known.token = token;
  }

  #reset(egressIndex: number, packet: PacketView, nowMs: number): void {
    const way = this.#wayOf(egressIndex, packet.family);
    const uplink = this.#parts.uplinkOf[egressIndex];
    if (way === undefined || uplink === undefined) return;
    way.addresses.set(packet.addresses.subarray(0, 4), 4);
    const hop = uplink.hopFor(way.addresses, 4, way.family);
    uplink.sendPacket(hop, way.family, nowMs, (view, at) => writeProbeReset(view, at, way, packet));
  }

  #wayOf(egressIndex: number, family: 4 | 6): ProbeWay | undefined {
    const source = this.#sources[egressIndex];
    if (source === undefined) return undefined;
    this.#way.set(source, 0);
    return { family, addresses: this.#way };
  }
}

function isAnswer(packet: PacketView, token: number, probe: SentProbe): boolean {
  const { target, words } = probe;
  const isTcp = packet.protocol === PROTOCOL_TCP;
  if (token !== probe.token || isTcp !== (target.protocol === 'tcp')) return false;
  return isSameAddress(words, 0, packet.addresses, 0) && (!isTcp || packet.sourcePort === target.port);
}

function isSameTarget(probe: SentProbe, target: ProbeTarget, words: Uint32Array): boolean {
  const { protocol, port } = probe.target;
  return protocol === target.protocol && port === target.port && isSameAddress(probe.words, 0, words, 0);
}
