/**
 * The interface between a running gateway and its management API. Records are plain JSON: addresses are strings, times are
 * ISO 8601 in UTC, durations are whole milliseconds, and unknown values are null, never omitted.
 */
import type { Metric } from '../../report/metric.ts';
import type { PolicyList, PolicyRule } from '../config/policy-schema.ts';
import type { ApplicationRecord, ApplicationTypeRecord, CategoryRecord } from './catalog-record.ts';
import type { ClientFilter, ClientRecord, UserRecord } from './client-record.ts';
import type { DnsRecord } from './dns-record.ts';
import type { EgressRecord } from './egress-record.ts';
import type { ExplainQuery, Explanation } from './explanation.ts';
import type { FlowFilter, FlowRecord } from './flow-record.ts';
import type { GatewayStatus } from './gateway-status.ts';
import type { LeaseRecord } from './lease-record.ts';
import type { Trace, TraceListener, TraceRequest } from './trace-record.ts';

export interface GatewayControl {
  status(): Promise<GatewayStatus>;
  /** Metrics for monitoring, collected without delaying packets (docs/metrics.md). */
  metrics(): Promise<readonly Metric[]>;
  /** Live flows, newest first; at most `filter.limit`. */
  flows(filter: FlowFilter): Promise<readonly FlowRecord[]>;
  /** Clients in descending order of flows; at most `filter.limit`. */
  clients(filter: ClientFilter): Promise<readonly ClientRecord[]>;
  /** The users of the policy. */
  users(): Promise<readonly UserRecord[]>;
  leases(): readonly LeaseRecord[];
  dns(): DnsRecord;
  /** In the order of the configuration. */
  egress(): Promise<readonly EgressRecord[]>;
  /** The rules in force, in the order of evaluation. */
  rules(): readonly PolicyRule[];
  lists(): readonly PolicyList[];
  categories(): readonly CategoryRecord[];
  applicationTypes(): ReadonlyArray<ApplicationTypeRecord | ApplicationRecord>;
  /**
   * Follows decisions, and packets if requested, until the trace is stopped or the gateway ends. Throws GatewayError EREFUSED
   * while another trace is running.
   */
  trace(request: TraceRequest, listener: TraceListener): Trace;
  /** Explains what would happen to a connection, without sending anything or making a lease. */
  explain(query: ExplainQuery): Promise<Explanation>;
  /** Reloads configuration and policy. If it throws ConfigError, nothing has changed. */
  reload(): Promise<ReloadReport>;
}

export interface ReloadReport {
  readonly rules: number;
  readonly lists: number;
  /** Keys of the configuration that have changed but take effect only at the next start. */
  readonly needRestart: readonly string[];
  readonly warnings: readonly string[];
}
