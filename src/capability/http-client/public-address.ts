import { BlockList, isIP } from 'node:net';

/** IPv4 networks that are not on the internet: https://www.iana.org/assignments/iana-ipv4-special-registry, multicast and reserved ones. */
const special4 = blocks('ipv4', [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 3],
]);

/** IPv6 networks that are on the internet. */
const global6 = blocks('ipv6', [['2000::', 3]]);
/** Exceptions among them: https://www.iana.org/assignments/iana-ipv6-special-registry. Teredo and 6to4 would lead to any IPv4 address. */
const special6 = blocks('ipv6', [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
]);

/** Whether an address is public: on the internet, not of this machine or its network. */
export function isPublicAddress(address: string): boolean {
  if (isIP(address) === 4) return !special4.check(address, 'ipv4');
  const inner = embedded4(address);
  if (inner !== undefined) return !special4.check(inner, 'ipv4');
  return isIP(address) === 6 && global6.check(address, 'ipv6') && !special6.check(address, 'ipv6');
}

/** The IPv4 address that an IPv6 one stands for: mapped (::ffff:0:0/96), or translated (64:ff9b::/96, RFC 6052). */
function embedded4(address: string): string | undefined {
  const host = URL.parse(`http://[${address}]/`)?.hostname.slice(1, -1) ?? '';
  const [, left = '', right = ''] = /^(.*?)::(.*)$/.exec(host) ?? [];
  const before = left === '' ? [] : left.split(':');
  const after = right === '' ? [] : right.split(':');
  const filled = [...before, ...Array.from({ length: 8 - before.length - after.length }, () => '0'), ...after];
  const groups = host.includes('::') ? filled : host.split(':');
  const prefix = groups.slice(0, 6).join(':');
  if (prefix !== '0:0:0:0:0:ffff' && prefix !== '64:ff9b:0:0:0:0') return undefined;
  return groups
    .slice(6)
    .map((group) => Number.parseInt(group, 16))
    .flatMap((group) => [group >> 8, group & 0xff])
    .join('.');
}

function blocks(family: 'ipv4' | 'ipv6', subnets: readonly (readonly [net: string, prefix: number])[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, family);
  return list;
}
