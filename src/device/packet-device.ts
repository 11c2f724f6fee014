/**
 * The contract of everything that carries packets: batches in, batches out, nothing blocks. Every implementation runs
 * the suite of test/device/device-conformance.ts.
 */
import type { PacketBatch, SendList } from './packet-batch.ts';
import type { SendFailures } from './send-failures.ts';

export interface PacketDevice {
  /** What became of the packets of the last send, by their position in its list. */
  readonly failures: SendFailures;
  /**
   * Fills the batch from slot 0 on and sets its count; returns the count, 0 when nothing waits. A slot of length 0 held
   * a frame that could not be used.
   */
  receive(batch: PacketBatch): number;
  /**
   * Sends the listed slots in order; returns how many were taken. The rest are lost, and the caller counts them. The slots
   * are left as they were.
   */
  send(batch: PacketBatch, list: SendList): number;
  close(): void;
}
