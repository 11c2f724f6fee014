/** Finds hostname rules that never see their hostname because the configuration exempts it. */
import type { ConfigProblem } from '../../report/errors.ts';
import type { Config } from '../config/config.ts';
import { NameExemption, type NamePolicy } from '../names/name-exemption.ts';

/** A warning for each exempt domain that some rule could otherwise select. */
export function findHiddenRules(
  { file, resolver }: Pick<Config, 'file' | 'resolver'>,
  policy: NamePolicy,
): ConfigProblem[] {
  const exemption = new NameExemption({ policy: () => policy, synthesize: 'matched', exempt: [] });
  return resolver.exempt.flatMap((domain, index) => {
    if (exemption.isExempt(domain)) return [];
    const message = `"${domain}" keeps its real addresses, so rules by hostname do not apply to it, and there are some`;
    return [{ file, field: `resolver.exempt[${index}]`, message }];
  });
}
