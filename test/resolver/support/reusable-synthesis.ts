/** A synthesis whose every lease may be told to anybody again. */
import type { SynthesisRequest, SynthesisResult } from '../../../src/resolver/resolver-options.ts';
import { FakeSynthesis } from './lab.ts';

export const REUSABLE_LEASE = 7;
export const REUSABLE_MS = 900_000;

export class ReusableSynthesis extends FakeSynthesis {
  override synthesize(request: SynthesisRequest): SynthesisResult {
    const result = super.synthesize(request);
    if (typeof result === 'string') return result;
    return { ...result, reuse: { lease: REUSABLE_LEASE, forMs: REUSABLE_MS } };
  }
}
