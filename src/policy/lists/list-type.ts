/** The kinds of lists the management API knows (docs/policy.md, Lists), in the API's own spelling. */
export const LIST_TYPES = [
  'SERIAL',
  'URL',
  'DOMAIN',
  'EMAIL',
  'IP',
  'CATEGORY',
  'LOCATION',
  'DEVICE',
  'AAGUID',
] as const;

export type ListType = (typeof LIST_TYPES)[number];
