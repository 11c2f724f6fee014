/** Opens a worker's devices and puts its datapath and the loop around it together. */
import { LinkHeaders } from '../../device/link-headers.ts';
import {
  interfaceExists,
  PacketSocketDevice,
  type PacketSocketOptions,
} from '../../device/packet-socket-device.ts';
import { TunDevice } from '../../device/tun-device.ts';
import { systemClock } from '../../time/clock.ts';
import type { PortShare } from '../../wire/port-share.ts';
import { UplinkPort } from '../datapath/uplink/uplink-port.ts';
import { assembleDatapath } from './assemble-datapath.ts';
import { HandoverReceiver } from './handover.ts';
import { UplinkLink } from './uplink-link.ts';
import { WorkerLoop } from './worker-loop.ts';
import type { WorkerSettings } from './worker-protocol.ts';

/** Throws GatewayError when a device cannot be opened. */
export function assembleWorker(settings: WorkerSettings): WorkerLoop {
  const { share, wakeup } = settings;
  const links = settings.uplinks.map((uplink) => openUplink(uplink, share));
  const assembled = assembleDatapath(
    settings,
    links.map(({ uplink }) => uplink),
    systemClock,
  );
  const tun = TunDevice.open({
    name: settings.tunName,
    persist: true,
    multiQueue: share.workers > 1,
    // A client's packet may leave by any uplink, and PPP takes neither super-packets nor unfinished checksums.
    offloads: settings.uplinks.every(({ carries }) => carries !== 'plain-packets'),
  });
  const handover = new HandoverReceiver(settings.handover.incoming);
  return new WorkerLoop({ ...assembled, tun, links, handover, wakeup });
}

function openUplink(settings: WorkerSettings['uplinks'][number], share: PortShare): UplinkLink {
  const linkHeaders = new LinkHeaders();
  const { carries } = settings;
  const options = { interfaceName: settings.interface, linkHeaders, carries, share };
  const device = PacketSocketDevice.open(options);
  const uplink = new UplinkPort(settings, linkHeaders, systemClock(), share.worker === 0);
  return new UplinkLink(uplink, device, () => openIfThere(options));
}

/** The interface may have vanished since it was seen. */
function openIfThere(options: PacketSocketOptions): PacketSocketDevice | undefined {
  try {
    return PacketSocketDevice.open(options);
  } catch (error) {
    if (interfaceExists(options.interfaceName)) throw error;
    return undefined;
  }
}
