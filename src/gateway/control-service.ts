/** Implements `GatewayControl` for the management API: answers every question from the gateway's parts, as records. */
import { systemClock } from '../time/clock.ts';
import type { ClientFilter } from './control/client-record.ts';
import type { ExplainQuery } from './control/explanation.ts';
import type { FlowFilter } from './control/flow-record.ts';
import type { GatewayControl } from './control/gateway-control.ts';
import type { TraceListener, TraceRequest } from './control/trace-record.ts';
import { toFlowQuery } from './flows/flow-query.ts';
import type { Gateway } from './gateway.ts';
import { readGuardCounters } from './host/read-guard-counters.ts';
import { collectMetrics } from './metrics/collect-metrics.ts';
import { GuardMetrics } from './metrics/guard-metrics.ts';
import { listApplicationTypes, listCategories } from './views/catalog-records.ts';
import { DEFAULT_CLIENTS, describeClients, describeUsers } from './views/describe-clients.ts';
import { describeDns } from './views/describe-dns.ts';
import { describeEgress } from './views/describe-egress.ts';
import { describeFlows } from './views/describe-flows.ts';
import { describeStatus } from './views/describe-status.ts';
import { explainConnection } from './views/explain-connection.ts';
import { listTakenAddresses, makeDestinationRules } from './worker/worker-settings.ts';

export class ControlService implements GatewayControl {
  readonly #gateway: Gateway;
  readonly #guardMetrics = new GuardMetrics(readGuardCounters, systemClock);

  constructor(gateway: Gateway) {
    this.#gateway = gateway;
  }

  status() {
    return describeStatus(this.#gateway);
  }

  async metrics() {
    return [...collectMetrics(this.#gateway), ...(await this.#guardMetrics.collect())];
  }

  async flows(filter: FlowFilter) {
    const { datapath, inventory, policy } = this.#gateway;
    const flows = (await datapath?.flows(toFlowQuery(filter))) ?? [];
    return describeFlows(flows, filter, { inventory, directory: policy.directory });
  }

  async clients(filter: ClientFilter) {
    const { datapath, policy, leaseIssuer } = this.#gateway;
    // Those of one user may have few flows.
    const most = filter.user === undefined ? (filter.limit ?? DEFAULT_CLIENTS) : Number.POSITIVE_INFINITY;
    const uses = (await datapath?.clients(most)) ?? [];
    const leases = leaseIssuer.pool.leasesByClient();
    return describeClients({ policy, uses, leases, wallMs: Date.now() }, filter);
  }

  async users() {
    const { datapath, policy } = this.#gateway;
    const uses = (await datapath?.clients(Number.POSITIVE_INFINITY)) ?? [];
    return describeUsers({ policy, uses, wallMs: Date.now() });
  }

  leases() {
    return this.#gateway.leaseIssuer.records();
  }

  dns() {
    const { dnsCounters, resolver } = this.#gateway;
    return describeDns({ counters: dnsCounters, status: resolver.status });
  }

  async egress() {
    return describeEgress(this.#gateway, this.#gateway.host?.ownership ?? []);
  }

  rules() {
    return this.#gateway.policy.rules;
  }

  lists() {
    return this.#gateway.policy.lists;
  }

  categories() {
    return listCategories();
  }

  applicationTypes() {
    return listApplicationTypes(this.#gateway.policy.catalog);
  }

  trace(request: TraceRequest, listener: TraceListener) {
    return this.#gateway.traces.begin(request, listener);
  }

  async explain(query: ExplainQuery) {
    const { config, policy, geo, inventory, secret, health, leaseIssuer, host } = this.#gateway;
    const uplinks = host?.uplinks ?? [];
    return explainConnection(query, {
      policy,
      geolocation: geo.geolocation,
      leaseIssuer,
      health,
      egress: { inventory, health: health.health, secret, taken: listTakenAddresses(uplinks) },
      destinations: makeDestinationRules(config, uplinks),
    });
  }

  reload() {
    return this.#gateway.reload();
  }
}
