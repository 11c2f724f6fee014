/** What the control thread has posted to a worker, taken between two batches or when a first packet cannot wait. */
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads';
import { Geolocation } from '../../catalog/geolocation.ts';
import type { ClientLimits } from '../../nat/client-limits.ts';
import type { Translator } from '../../nat/translator.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import type { LeaseBook } from '../datapath/admission/lease-book.ts';
import type { VerdictBook } from '../datapath/admission/verdict-book.ts';
import type { FlowQuery } from '../datapath/reports/list-flows.ts';
import { listFlows } from '../datapath/reports/list-flows.ts';
import type { TraceSettings } from '../datapath/reports/trace-event.ts';
import type { ProbeSender } from '../datapath/uplink/probe-sender.ts';
import type { UplinkSettings } from '../datapath/uplink/uplink-port.ts';
import type { FromWorker, PolicySnapshot, ToWorker } from './worker-protocol.ts';

export interface MailboxParts {
  readonly port: MessagePort;
  readonly leases: LeaseBook;
  readonly verdicts: VerdictBook;
  readonly translator: Translator;
  readonly clientLimits: Pick<ClientLimits, 'uses'>;
  readonly probes: ProbeSender;
  readonly post: (message: FromWorker) => void;
  readonly clock: MonotonicClock;
}

export class Mailbox {
  /** Called with each new policy. */
  onPolicy: (request: number, policy: PolicySnapshot) => void = () => {};
  /** Called with each new state of it. */
  onGeolocation: (geolocation: Geolocation) => void = () => {};
  /** Called when an uplink has changed. */
  onUplink: (settings: UplinkSettings) => void = () => {};
  /** Called when somebody begins to look, or ceases. */
  onTrace: (trace: TraceSettings | undefined) => void = () => {};
  isStopped = false;
  readonly #parts: MailboxParts;

  constructor(parts: MailboxParts) {
    this.#parts = parts;
  }

  /** Takes everything that has arrived; true when there was something. */
  fetch(nowMs: number): boolean {
    const { port } = this.#parts;
    let received = receiveMessageOnPort(port);
    const hadMail = received !== undefined;
    for (; received !== undefined; received = receiveMessageOnPort(port)) this.#take(received.message, nowMs);
    return hadMail;
  }

  #take(message: ToWorker, nowMs: number): void {
    const { leases, probes, translator, clientLimits, post } = this.#parts;
    switch (message.type) {
      case 'policy':
        this.onPolicy(message.request, message.policy);
        break;
      case 'geolocation':
        this.onGeolocation(new Geolocation(message.geolocation));
        break;
      case 'uplink':
        this.onUplink(message.settings);
        break;
      case 'lease':
        leases.put(message.lease);
        break;
      case 'lease-holder':
        leases.admit(message.slot, message.client);
        break;
      case 'lease-gone':
        leases.remove(message.slot);
        translator.openMappings.endLease(message.slot);
        break;
      case 'probe':
        probes.send(message.egressIndex, message.target, message.token, nowMs);
        break;
      case 'trace':
        this.onTrace(message.trace);
        break;
      case 'list-flows':
        post({ type: 'flows', request: message.request, flows: this.#listFlows(message.query) });
        break;
      case 'list-clients':
        post({ type: 'clients', request: message.request, clients: clientLimits.uses(message.most) });
        break;
      case 'stop':
        this.isStopped = true;
    }
  }

  #listFlows(query: FlowQuery) {
    const { translator, leases, verdicts, clock } = this.#parts;
    return listFlows({ flows: translator.flows, leases, verdicts }, query, Math.floor(clock() / 1000));
  }
}
