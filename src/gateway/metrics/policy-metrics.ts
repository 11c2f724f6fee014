/** Metrics of the policy in force, and of its reloads. */
import { counter, gauge, type Metric } from '../../report/metric.ts';
import type { ReloadCounts } from '../reload/reload-counts.ts';

export interface PolicyParts {
  readonly policy: {
    readonly rules: readonly unknown[];
    readonly lists: ReadonlyArray<{ readonly items: readonly unknown[] }>;
  };
  readonly policyLoadedAt: Date;
  readonly reloadCounts: ReloadCounts;
  readonly policyFiles: { readonly stale: number };
  readonly geo: { readonly stale: number };
}

export function policyMetrics(parts: PolicyParts): Metric[] {
  const { policy, policyLoadedAt, reloadCounts, policyFiles, geo } = parts;
  const { rules, lists } = policy;
  const entries = lists.reduce((sum, { items }) => sum + items.length, 0);
  return [
    gauge('syngate_policy_rules', 'Rules in force', rules.length),
    gauge('syngate_policy_list_entries', 'Entries of all lists in force', entries),
    gauge(
      'syngate_policy_loaded_timestamp_seconds',
      'When the policy in force was read',
      policyLoadedAt.getTime() / 1000,
    ),
    counter('syngate_reloads_total', 'Reloads of configuration and policy', [
      { labels: { result: 'success' }, value: reloadCounts.succeeded },
      { labels: { result: 'failure' }, value: reloadCounts.failed },
    ]),
    gauge(
      'syngate_last_reload_successful',
      '0 when the last reload was refused, and the policy before it is in force',
      Number(reloadCounts.wasLastSuccessful),
    ),
    gauge(
      'syngate_stale_files',
      'Files of lists, categories and geolocation that are invalid now, so that their last good copy is in use',
      policyFiles.stale + geo.stale,
    ),
  ];
}
