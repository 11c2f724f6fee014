/** Opens a worker's devices and puts its datapath and the loop around it together. */
import { LinkHeaders } from '../../device/link-headers.ts';
import { PacketSocketDevice } from '../../device/packet-socket-device.ts';
import { TunDevice } from '../../device/tun-device.ts';
import { systemClock } from '../../time/clock.ts';
import { UplinkPort } from '../datapath/uplink-port.ts';
import { assembleDatapath } from './assemble-datapath.ts';
import { type UplinkLink, WorkerLoop } from './worker-loop.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** Throws GatewayError when a device cannot be opened. */
export function assembleWorker(settings: WorkerSettings): WorkerLoop {
  const links = settings.uplinks.map(openUplink);
  const assembled = assembleDatapath(
    settings,
    links.map(({ uplink }) => uplink),
    systemClock,
  );
  const tun = TunDevice.open({ name: settings.tunName, persist: true });
  return new WorkerLoop({ ...assembled, tun, links, wakeup: settings.wakeup });
}

function openUplink(settings: WorkerSettings['uplinks'][number]): UplinkLink {
  const linkHeaders = new LinkHeaders();
  const device = PacketSocketDevice.open({ interfaceName: settings.interface, linkHeaders });
  return { device, linkHeaders, uplink: new UplinkPort(settings, linkHeaders, systemClock()) };
}
