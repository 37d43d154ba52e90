import { BlockList, isIP } from 'node:net'

const NAMES = ['loopback', 'linklocal', 'uniquelocal']

const isNetwork = (text: string): boolean => {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  if (prefix === undefined) return true
  if (!/^\d{1,3}$/.test(prefix)) return false
  try {
    new BlockList().addSubnet(address, Number(prefix), family === 4 ? 'ipv4' : 'ipv6')
    return true
  } catch {
    return false
  }
}

/**
 * Addresses and networks of the proxies that are believed about the address of a client (X-Forwarded-For), as Fastify's option
 * `trustProxy` takes them (https://fastify.dev/docs/latest/Reference/Server/#trustproxy). Undefined for anything else: to believe
 * everybody, or so many hops, lets a client that reaches the service itself claim any address.
 */
export const readTrustProxy = (text: string): string[] | undefined => {
  const networks = text.split(',').map((part) => part.trim())
  return networks.every((network) => NAMES.includes(network) || isNetwork(network)) ? networks : undefined
}
