/** Opens a worker's devices and puts its datapath and the loop around it together. */
import { LinkHeaders } from '../../device/link-headers.ts';
import { PacketSocketDevice } from '../../device/packet-socket-device.ts';
import { TunDevice } from '../../device/tun-device.ts';
import { systemClock } from '../../time/clock.ts';
import type { PortShare } from '../../wire/port-share.ts';
import { UplinkPort } from '../datapath/uplink-port.ts';
import { assembleDatapath } from './assemble-datapath.ts';
import { HandoverReceiver } from './handover.ts';
import { type UplinkLink, WorkerLoop } from './worker-loop.ts';
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
  const tun = TunDevice.open({ name: settings.tunName, persist: true, multiQueue: share.workers > 1 });
  const handover = new HandoverReceiver(settings.handover.incoming);
  return new WorkerLoop({ ...assembled, tun, links, share, handover, wakeup });
}

function openUplink(settings: WorkerSettings['uplinks'][number], share: PortShare): UplinkLink {
  const linkHeaders = new LinkHeaders();
  const device = PacketSocketDevice.open({ interfaceName: settings.interface, linkHeaders, share });
  const uplink = new UplinkPort(settings, linkHeaders, systemClock(), share.worker === 0);
  return { device, linkHeaders, uplink };
}
