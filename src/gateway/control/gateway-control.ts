/**
 * What a running gateway offers to its management API: questions and answers, as plain JSON records. In all of them
 * addresses are texts, times ISO 8601 in UTC, durations whole milliseconds, and unknown values null, never left out.
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
  /** For monitoring; no packet waits for it (docs/metrics.md). */
  metrics(): Promise<readonly Metric[]>;
  /** The newest first; at most `filter.limit`. */
  flows(filter: FlowFilter): Promise<readonly FlowRecord[]>;
  /** Clients with most flows first; at most `filter.limit`. */
  clients(filter: ClientFilter): Promise<readonly ClientRecord[]>;
  /** Of the policy. */
  users(): Promise<readonly UserRecord[]>;
  leases(): readonly LeaseRecord[];
  dns(): DnsRecord;
  /** In the order of the configuration. */
  egress(): Promise<readonly EgressRecord[]>;
  /** As they are in force, in the order of evaluation. */
  rules(): readonly PolicyRule[];
  lists(): readonly PolicyList[];
  categories(): readonly CategoryRecord[];
  applicationTypes(): ReadonlyArray<ApplicationTypeRecord | ApplicationRecord>;
  /**
   * Follows decisions, and packets if they are wanted, until it is stopped or the gateway ends. Throws GatewayError EREFUSED
   * while somebody else does.
   */
  trace(request: TraceRequest, listener: TraceListener): Trace;
  /** What would happen to a connection; nothing is sent and no lease is made. */
  explain(query: ExplainQuery): Promise<Explanation>;
  /** Reads configuration and policy again. Throws ConfigError, and then everything stays as it was. */
  reload(): Promise<ReloadReport>;
}

export interface ReloadReport {
  readonly rules: number;
  readonly lists: number;
  /** Keys of the configuration that changed but take effect at the next start only. */
  readonly needRestart: readonly string[];
  readonly warnings: readonly string[];
}
