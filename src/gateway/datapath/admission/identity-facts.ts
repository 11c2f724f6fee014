/** The identity behind a connection or a DNS question, as facts of either scheme. */
import type { Identity } from '../../../identity/identity.ts';
import { Facts } from '../../../policy/evaluation/facts.ts';
import type { Scheme } from '../../../policy/language/scheme.ts';

/** The scheme must have the identity fields. */
export function describeIdentity(identity: Identity, scheme: Scheme): Facts {
  const facts = new Facts(scheme);
  const setTexts = (field: string, texts: readonly (string | undefined)[]) =>
    facts.setTexts(scheme.require(field), texts);
  facts.setText(scheme.require('identity.email'), identity.email);
  facts.setText(scheme.require('identity.name'), identity.name);
  setTexts(
    'identity.groups.id',
    identity.groups.map(({ id }) => id),
  );
  setTexts(
    'identity.groups.name',
    identity.groups.map(({ name }) => name),
  );
  setTexts(
    'identity.groups.email',
    identity.groups.map(({ email }) => email),
  );
  const setAttributes = (field: string, values: Identity['samlAttributes']) =>
    facts.setAttributes(scheme.require(field), new Map(Object.entries(values)));
  setAttributes('identity.saml_attributes', identity.samlAttributes);
  setAttributes('identity.oidc_claims', identity.oidcClaims);
  setTexts('device_posture.checks.passed', identity.posturePassed);
  setTexts('device_posture.checks.failed', identity.postureFailed);
  return facts;
}
