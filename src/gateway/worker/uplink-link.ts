/** A worker's side of an uplink: its port in the datapath, and the device that receives and sends frames. */
import type { PacketDevice } from '../../device/packet-device.ts';
import type { WaitSource } from '../../device/waiter.ts';
import type { WorkerCounters } from '../datapath/reports/counters.ts';
import type { UplinkPort, UplinkSettings } from '../datapath/uplink/uplink-port.ts';

/** Its descriptor is -1 once it is closed, as it is by itself when the interface was deleted. */
export interface UplinkDevice extends PacketDevice, WaitSource {
  /** Frames that the kernel has dropped since the last call because they were not read in time. */
  takeLost(): number;
}

export class UplinkLink implements WaitSource {
  readonly uplink: UplinkPort;
  readonly #open: () => UplinkDevice | undefined;
  #device: UplinkDevice;

  /** `open` makes another device; undefined while there is no interface of the uplink's name. */
  constructor(uplink: UplinkPort, device: UplinkDevice, open: () => UplinkDevice | undefined) {
    this.uplink = uplink;
    this.#device = device;
    this.#open = open;
  }

  get device(): UplinkDevice {
    return this.#device;
  }

  get descriptor(): number {
    return this.#device.descriptor;
  }

  /**
   * The link has changed. An interface that was deleted and made again needs a new device; without one, because the
   * interface is gone, or gone again, the uplink is down until the next change (FL-23).
   */
  update(settings: UplinkSettings, nowMs: number): void {
    if (settings.ifindex !== this.uplink.settings.ifindex) this.#device.close();
    if (settings.isUp && this.descriptor === -1) this.#device = this.#open() ?? this.#device;
    this.uplink.update({ ...settings, isUp: settings.isUp && this.descriptor !== -1 }, nowMs);
  }

  /** Counts the frames that the kernel has dropped since the last call. */
  countLost(counters: WorkerCounters): void {
    counters.drop('uplink-overrun', this.#device.takeLost());
  }

  close(): void {
    this.#device.close();
  }
}
