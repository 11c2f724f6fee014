/** The contract of everything that carries packets: batches in, batches out, nothing blocks. */
import type { PacketBatch, SendList } from './packet-batch.ts';

export interface PacketDevice {
  /** Fills the batch from slot 0 on and sets its count; returns the count, 0 when nothing waits. */
  receive(batch: PacketBatch): number;
  /** Sends the listed slots in order; returns how many were taken, the rest is lost and the caller counts it. */
  send(batch: PacketBatch, list: SendList): number;
  close(): void;
}
