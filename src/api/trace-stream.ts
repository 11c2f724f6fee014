/** Streams a trace as a response body: decisions as lines of JSON, packets as a pcapng file. Ends when a limit is reached. */
import { pcapngHeader, pcapngLost, pcapngPacket } from '../device/pcapng.ts';
import type { GatewayControl } from '../gateway/control/gateway-control.ts';
import type { PacketRecord, Trace, TraceListener, TraceRequest } from '../gateway/control/trace-record.ts';

/** Maximum bytes that wait for a slow reader; beyond that, records are dropped. Chosen by us. */
const MOST_WAITING = 16_777_216;

export interface TraceLimits {
  readonly packets: number;
  readonly bytes: number;
  /** Undefined: for as long as the client reads. */
  readonly seconds?: number | undefined;
}

/** `seconds` undefined: for as long as the client reads. Throws GatewayError EREFUSED if a trace is already running. */
export function streamDecisions(
  control: GatewayControl,
  request: Omit<TraceRequest, 'packets'>,
  seconds: number | undefined,
): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder();
  return streamTrace(control, { ...request, packets: false }, seconds, (out) => ({
    onDecision: (decision) => out.write(encoder.encode(`${JSON.stringify(decision)}\n`)),
    onPacket: () => {},
    onLost: (lost) => out.write(encoder.encode(`${JSON.stringify({ lost })}\n`)),
  }));
}

/** Throws GatewayError EREFUSED if a trace is already running. */
export function streamPackets(
  control: GatewayControl,
  request: Omit<TraceRequest, 'packets'>,
  limits: TraceLimits,
): ReadableStream<Uint8Array> {
  return streamTrace(control, { ...request, packets: true }, limits.seconds, (out, { uplinks }) => {
    let [packets, bytes, lost] = [0, 0, 0];
    out.write(pcapngHeader([CLIENTS, ...uplinks]));
    out.last = () => pcapngLost(0, Date.now(), lost);
    return {
      onDecision: () => {},
      onPacket: (packet) => {
        const block = pcapngPacket({ ...packet, on: interfaceOf(packet, uplinks) });
        if (packets === limits.packets || bytes + block.length > limits.bytes) {
          out.end();
          return;
        }
        if (!out.write(block)) lost++;
        packets++;
        bytes += block.length;
      },
      onLost: (count) => {
        lost += count;
      },
    };
  });
}

/** The interface name for the clients' side in the file; no uplink can have this name. */
const CLIENTS = 'clients (inner)';

function interfaceOf({ uplink }: PacketRecord, uplinks: readonly string[]): number {
  return uplink === null ? 0 : uplinks.indexOf(uplink) + 1;
}

interface TraceOutput {
  /** False if the bytes were dropped, because the reader is slow or the trace has ended. */
  write(bytes: Uint8Array): boolean;
  end(): void;
  /** Returns the final bytes of the stream. */
  last: () => Uint8Array | undefined;
}

function streamTrace(
  control: GatewayControl,
  request: TraceRequest,
  seconds: number | undefined,
  listen: (out: TraceOutput, trace: Pick<Trace, 'uplinks'>) => Omit<TraceListener, 'onEnd'>,
): ReadableStream<Uint8Array> {
  let stop = () => {};
  const begin = (controller: ReadableStreamDefaultController<Uint8Array>) => {
    const out = makeOutput(controller, () => stop());
    let listener: Omit<TraceListener, 'onEnd'> | undefined;
    const trace = control.trace(request, {
      onDecision: (decision) => listener?.onDecision(decision),
      onPacket: (packet) => listener?.onPacket(packet),
      onLost: (count) => listener?.onLost(count),
      onEnd: () => out.end(),
    });
    listener = listen(out, trace);
    const timer = seconds === undefined ? undefined : setTimeout(() => out.end(), seconds * 1000);
    stop = () => {
      clearTimeout(timer);
      trace.stop();
    };
  };
  // The constructor rethrows what `begin` throws, so that a refusal becomes a proper error response.
  return new ReadableStream<Uint8Array>(
    { start: begin, cancel: () => stop() },
    new ByteLengthQueuingStrategy({ highWaterMark: MOST_WAITING }),
  );
}

function makeOutput(controller: ReadableStreamDefaultController<Uint8Array>, onEnd: () => void): TraceOutput {
  let hasEnded = false;
  const out: TraceOutput = {
    write: (bytes) => {
      if (hasEnded || (controller.desiredSize ?? 0) < bytes.length) return false;
      controller.enqueue(bytes);
      return true;
    },
    end: () => {
      if (hasEnded) return;
      hasEnded = true;
      onEnd();
      const last = out.last();
      if (last !== undefined) controller.enqueue(last);
      controller.close();
    },
    last: () => undefined,
  };
  return out;
}
