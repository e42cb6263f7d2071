import { listIn, type QueryValues, textIn } from '../aws/aws-query.js';

/** Registries, logs, secrets and control planes are reached by it. */
const HTTPS_PORT = 443;

/** Whether a security group lets HTTPS out to anywhere. */
export function letsOut(group: QueryValues): boolean {
  return listIn(group, 'ipPermissionsEgress').some(coversHttps);
}

/**
 * Whether a security group lets HTTPS in from tasks. Prefix lists and IPv6 count as theirs, so that `false` is certain.
 *
 * @param from security groups of the tasks, and IPv4 ranges of their subnets
 */
export function letsIn(
  group: QueryValues,
  from: { readonly groups: readonly string[]; readonly ranges: readonly string[] },
): boolean {
  return listIn(group, 'ipPermissions')
    .filter(coversHttps)
    .some(
      (permission) =>
        listIn(permission, 'groups').some((each) => from.groups.includes(textIn(each, 'groupId'))) ||
        listIn(permission, 'ipRanges').some((each) =>
          from.ranges.some((range) => overlap(textIn(each, 'cidrIp'), range)),
        ) ||
        listIn(permission, 'prefixListIds').length > 0 ||
        listIn(permission, 'ipv6Ranges').length > 0,
    );
}

function coversHttps(permission: QueryValues): boolean {
  const protocol = textIn(permission, 'ipProtocol');
  if (protocol === '-1') return true;
  const isTcp = protocol === 'tcp' || protocol === '6';
  return (
    isTcp && Number(textIn(permission, 'fromPort')) <= HTTPS_PORT && HTTPS_PORT <= Number(textIn(permission, 'toPort'))
  );
}

function overlap(one: string, other: string): boolean {
  const [first, second] = [rangeOf(one), rangeOf(other)];
  const bits = Math.min(first.bits, second.bits);
  const prefixOf = (address: number): number => Math.floor(address / 2 ** (32 - bits));
  return prefixOf(first.address) === prefixOf(second.address);
}

/** @param cidr such as `10.0.0.0/16` */
function rangeOf(cidr: string): { readonly address: number; readonly bits: number } {
  const [address = '', bits = '32'] = cidr.split('/');
  return { address: address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0), bits: Number(bits) };
}
