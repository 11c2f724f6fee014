/**
 * Compiles a new policy a little at a time, between the worker's batches (FL-28): the old one stays in force until the new
 * one is complete, and when several have been posted the newest wins.
 */
import type { EgressInventory } from '../../egress/egress-inventory.ts';
import { IdentityDirectory } from '../../identity/identity-directory.ts';
import { compileRulesInSteps } from '../../policy/rules/compile-rules.ts';
import type { MonotonicClock } from '../../time/clock.ts';
import type { Steps } from '../../time/steps.ts';
import { ActivePolicy } from '../datapath/admission/active-policy.ts';
import type { VerdictBook } from '../datapath/admission/verdict-book.ts';
import type { PolicySnapshot } from './worker-protocol.ts';

/** About as long as a full batch takes, so that packets get half of the time. */
const SLICE_MS = 1;

export interface PolicyLoaderParts {
  readonly inventory: EgressInventory;
  readonly verdicts: VerdictBook;
  readonly clock: MonotonicClock;
  /** A policy is whole; the requests are those that it answers, its own and those it has overtaken. */
  readonly onPolicy: (policy: ActivePolicy, requests: readonly number[]) => void;
}

export class PolicyLoader {
  readonly #parts: PolicyLoaderParts;
  #steps: Steps<ActivePolicy> | undefined;
  #requests: number[] = [];
  #hasPolicy = false;

  constructor(parts: PolicyLoaderParts) {
    this.#parts = parts;
  }

  /** Whether there is something left to do. */
  get isBusy(): boolean {
    return this.#steps !== undefined;
  }

  /** Starts compiling; the very first policy is compiled at once, since nothing is forwarded before it (FL-19). */
  load(request: number, snapshot: PolicySnapshot): void {
    this.#requests.push(request);
    this.#steps = this.#activate(snapshot);
    while (!this.#hasPolicy) this.step();
  }

  /** Continues for one time slice. */
  advance(): void {
    const { clock } = this.#parts;
    const end = clock() + SLICE_MS;
    while (this.isBusy && clock() < end) this.step();
  }

  /** Runs a single step. */
  step(): void {
    const step = this.#steps?.next();
    if (step?.done !== true) return;
    const requests = this.#requests;
    this.#steps = undefined;
    this.#requests = [];
    this.#hasPolicy = true;
    this.#parts.onPolicy(step.value, requests);
  }

  /**
   * The control thread has compiled the same objects without an error before it posted them. Should this thread not be able
   * to, for lack of memory for regexes say, then it ends: a rule set is in force whole or not at all.
   */
  *#activate(snapshot: PolicySnapshot): Steps<ActivePolicy> {
    const { rules, lists, expressions, identities, virtualNetworkId } = snapshot;
    const { inventory, verdicts } = this.#parts;
    const compiled = yield* compileRulesInSteps(rules, lists, expressions);
    const fault = compiled.problems.find(({ severity }) => severity === 'error');
    if (fault !== undefined)
      throw new Error(`Cannot load the policy: ${fault.subject} '${fault.name}': ${fault.message}`);
    const directory = new IdentityDirectory(identities, virtualNetworkId);
    yield;
    return yield* ActivePolicy.inSteps(compiled, directory, inventory, verdicts);
  }
}
