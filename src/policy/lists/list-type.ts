/** The list types of the management API, in its own spelling (docs/policy.md, Lists). */
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
