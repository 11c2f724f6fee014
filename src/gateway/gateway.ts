/**
 * A running gateway: the parts put together. Starts from the inside out (host closed and guarded, datapath, policy,
 * resolver, probes) and stops the other way round, so that nothing is forwarded before policy is there (FL-19).
 */
import type { Logger } from 'pino';
import { EgressInventory } from '../egress/egress-inventory.ts';
import { NatUse } from '../nat/nat-use.ts';
import { type ConfigProblem, describeProblem } from '../report/errors.ts';
import type { Resolver } from '../resolver/resolver.ts';
import { systemClock } from '../time/clock.ts';
import { finishInTurns } from '../time/finish-in-turns.ts';
import type { Config } from './config/config.ts';
import type { ReloadReport } from './control/gateway-control.ts';
import { CounterSum } from './datapath/reports/counters.ts';
import { addFrontCounters, type DnsCounters } from './dns-front/add-front-counters.ts';
import { DnsFrontHost } from './dns-front/dns-front-host.ts';
import { FrontState } from './dns-front/front-state.ts';
import { EgressProber } from './egress/egress-prober.ts';
import { keepEgressSecret } from './egress/egress-secret.ts';
import { FlowLog } from './flows/flow-log.ts';
import { TraceSessions } from './flows/trace-sessions.ts';
import { HostMonitor } from './host/host-monitor.ts';
import { readBootId } from './host/host-state.ts';
import type { HostSetUp } from './host/set-up-host.ts';
import { setUpHost } from './host/set-up-host.ts';
import { LeaseIssuer } from './names/lease-issuer.ts';
import { LeasePersistence } from './names/lease-persistence.ts';
import { makeResolver } from './names/make-resolver.ts';
import type { GeolocationFiles } from './policy/geolocation-files.ts';
import { type GatewayPolicy, loadGatewayPolicyInSteps } from './policy/load-gateway-policy.ts';
import type { PolicyFiles } from './policy/policy-files.ts';
import { snapshotPolicy } from './policy/snapshot-policy.ts';
import { ReloadCounts } from './reload/reload-counts.ts';
import { findRestartKeys } from './reload/restart-keys.ts';
import { SharedRuns } from './reload/shared-runs.ts';
import { DatapathWorkers } from './worker/datapath-workers.ts';
import { makeWorkerSettings } from './worker/worker-settings.ts';

/** How often idle leases are looked for. */
const SWEEP_MS = 2_000;

export interface GatewayOptions {
  readonly config: Config;
  /** The configuration's policy. */
  readonly policy: GatewayPolicy;
  /** With the copies of the files that the policy names. */
  readonly policyFiles: PolicyFiles;
  readonly geo: GeolocationFiles;
  /** Reads the configuration again, for a reload. Throws ConfigError. */
  readonly readConfig: () => Config;
  readonly log: Logger;
  /** A worker thread has ended by itself: the process must end too. */
  readonly onFailure: (error: Error) => void;
}

export class Gateway {
  readonly inventory: EgressInventory;
  readonly counters: CounterSum;
  readonly natUse: NatUse;
  readonly secret: Uint8Array;
  readonly geo: GeolocationFiles;
  readonly health: EgressProber;
  readonly leaseIssuer: LeaseIssuer;
  readonly resolver: Resolver;
  readonly frontState = new FrontState();
  readonly startedAt = new Date();
  readonly config: Config;
  policy: GatewayPolicy;
  policyLoadedAt = new Date();
  readonly policyFiles: PolicyFiles;
  readonly reloadCounts = new ReloadCounts();
  readonly #options: GatewayOptions;
  readonly #reloads = new SharedRuns(() => this.reloadCounts.count(() => this.#reload()));
  #hostMonitor: HostMonitor | undefined;
  #datapath: DatapathWorkers | undefined;
  #dnsFront: DnsFrontHost | undefined;
  readonly flowLog: FlowLog | undefined;
  readonly traces: TraceSessions;
  readonly #leasePersistence: LeasePersistence;
  #sweep: NodeJS.Timeout | undefined;

  constructor(options: GatewayOptions) {
    const { config, log } = options;
    this.#options = options;
    this.config = config;
    this.counters = new CounterSum(config.limits.workers);
    this.flowLog = config.flowLog && new FlowLog(config.flowLog, log);
    this.inventory = new EgressInventory(config.egress);
    this.natUse = NatUse.create(this.inventory.addresses.length, config.limits.workers);
    this.policy = options.policy;
    this.policyFiles = options.policyFiles;
    this.geo = options.geo;
    this.secret = keepEgressSecret(config.runtimeDirectory);
    const { probe } = config.egress;
    this.health = new EgressProber({ inventory: this.inventory, probe, nowMs: systemClock, log });
    const { ipv4, ipv6 } = config.synthetic;
    this.#leasePersistence = new LeasePersistence({
      file: config.storeFile,
      ipv4,
      ipv6,
      boot: readBootId(),
      log,
    });
    this.leaseIssuer = new LeaseIssuer({
      config,
      persistence: this.#leasePersistence,
      policy: () => this.policy,
      geolocation: () => this.geo.geolocation,
      post: (message) => this.#datapath?.post(message),
      nowMs: systemClock,
      lookUp: (hostname, family) => this.resolver.lookUp(hostname, family),
    });
    this.traces = new TraceSessions({
      inventory: this.inventory,
      directory: () => this.policy.directory,
      uplinks: config.uplinks.map(({ name }) => name),
      post: (message) => this.#datapath?.post(message),
    });
    this.resolver = makeResolver({
      config,
      synthesis: this.leaseIssuer,
      policy: () => this.policy,
      geolocation: () => this.geo.geolocation,
      log,
    });
  }

  /** Throws GatewayError; then the host is closed, and `syngate down` takes down what was set up. */
  async start(): Promise<void> {
    const { config } = this;
    const host = await setUpHost(config);
    this.#hostMonitor = new HostMonitor(host, {
      config,
      post: (message) => this.#datapath?.post(message),
      log: this.#options.log,
    });
    for (const warning of host.warnings) this.#options.log.warn(warning);
    this.#datapath = await DatapathWorkers.start(makeWorkerSettings(this, host), {
      onProbeReply: (index, token) => this.health.onReply(index, token),
      onFlowEvents: (batch) =>
        this.flowLog?.take(batch, { inventory: this.inventory, directory: this.policy.directory }),
      onTrace: (batch) => this.traces.take(batch),
      onFailure: this.#options.onFailure,
    });
    await this.#publish();
    this.geo.watch((problems) => this.#takeGeolocation(problems));
    this.health.start((message) => this.#datapath?.post(message));
    this.#hostMonitor.start();
    await this.resolver.start();
    this.#dnsFront = await this.#startDnsFront();
    this.#sweep = setInterval(() => this.leaseIssuer.sweep(), SWEEP_MS);
  }

  /** Takes no more packets; the host stays closed and guarded. */
  async stop(): Promise<void> {
    clearInterval(this.#sweep);
    this.geo.stop();
    this.health.stop();
    await this.#hostMonitor?.stop();
    await this.#dnsFront?.stop();
    await this.resolver.stop();
    await this.#datapath?.stop();
    this.#leasePersistence.close();
    await this.flowLog?.close();
  }

  /** Undefined before the start. */
  get datapath(): DatapathWorkers | undefined {
    return this.#datapath;
  }

  /** What the host is like; undefined before the start. */
  get host(): HostSetUp | undefined {
    return this.#hostMonitor?.host;
  }

  get dnsCounters(): DnsCounters {
    return addFrontCounters(this.resolver.counters, this.frontState);
  }

  /**
   * Live flows keep the verdict they were born with; new ones see the new policy whole. One at a time, since a policy that
   * replaced one on its way, again and again, would never come into force.
   */
  reload(): Promise<ReloadReport> {
    return this.#reloads.run();
  }

  async #reload(): Promise<ReloadReport> {
    this.flowLog?.reopen();
    const next = this.#options.readConfig();
    const settings = { ...this.config, policyFile: next.policyFile, expressions: next.expressions };
    const steps = loadGatewayPolicyInSteps(settings, this.policyFiles);
    const policy = await finishInTurns(steps, systemClock);
    this.frontState.endGeneration();
    const geoProblems = this.geo.load(next.geolocation);
    this.policy = policy;
    this.policyLoadedAt = new Date();
    await this.#publish();
    const warnings = [...geoProblems, ...policy.warnings].map(describeProblem);
    for (const warning of warnings) this.#options.log.warn(warning);
    const needRestart = findRestartKeys(this.config, next);
    this.#options.log.info({ rules: policy.rules.length, needRestart }, 'policy reloaded');
    return { rules: policy.rules.length, lists: policy.lists.length, needRestart, warnings };
  }

  /** What addresses and names are comes before the rules that ask for it. Resolves when all workers have taken it. */
  async #publish(): Promise<void> {
    this.#publishGeolocation();
    await this.#datapath?.activate(snapshotPolicy(this.policy));
  }

  #startDnsFront(): Promise<DnsFrontHost> {
    const { config, resolver, leaseIssuer, frontState } = this;
    return DnsFrontHost.start({
      listen: config.resolver.listen,
      clients: config.onramps.flatMap(({ clients }) => clients),
      state: frontState,
      leaseUse: leaseIssuer.pool.use.buffer,
      answer: (query) => resolver.answer(query),
      onFailure: this.#options.onFailure,
    });
  }

  #publishGeolocation(): void {
    this.frontState.endGeneration();
    this.#datapath?.post({ type: 'geolocation', geolocation: this.geo.snapshot });
    this.leaseIssuer.republish();
  }

  #takeGeolocation(problems: readonly ConfigProblem[]): void {
    for (const problem of problems) this.#options.log.warn(describeProblem(problem));
    this.#publishGeolocation();
    this.#options.log.info('geolocation reloaded');
  }
}
