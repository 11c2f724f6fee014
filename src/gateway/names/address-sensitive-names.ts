/**
 * Names that are better answered with their real addresses: time servers, whose clients use an address for days; captive-portal
 * checks, some of which compare the address; and STUN servers, by which programs learn their external addresses.
 */
const SENSITIVE_ZONES: ReadonlySet<string> = new Set([
  // NTP
  'ntp.org',
  'ntp.ubuntu.com',
  'time.android.com',
  'time.apple.com',
  'time.aws.com',
  'time.cloudflare.com',
  'time.facebook.com',
  'time.google.com',
  'time.nist.gov',
  'time.windows.com',
  // Captive portal checks
  'captive.apple.com',
  'connectivity-check.ubuntu.com',
  'connectivitycheck.android.com',
  'connectivitycheck.gstatic.com',
  'detectportal.firefox.com',
  'dns.msftncsi.com',
  'ipv6.msftconnecttest.com',
  'nmcheck.gnome.org',
  'network-test.debian.org',
  'www.msftconnecttest.com',
  'www.msftncsi.com',
]);

/** `stun.example.com`, `stun3.example.com`; `ntp.example.com`, `ntp1.example.com`. */
const SENSITIVE_LABEL = /^(?:stun|ntp)\d*$/;

/** `hostname` must be in lower case. */
export function isAddressSensitive(hostname: string): boolean {
  const [first = ''] = hostname.split('.', 1);
  if (SENSITIVE_LABEL.test(first)) return true;
  for (let name = hostname; name.includes('.'); name = name.slice(name.indexOf('.') + 1)) {
    if (SENSITIVE_ZONES.has(name)) return true;
  }
  return false;
}
