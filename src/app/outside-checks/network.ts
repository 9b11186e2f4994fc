// What the doctor needs of the network beside the DNS: whether a port can be reached, and what time
// others have.
import { createSocket } from 'node:dgram'
import { connect, isIPv6 } from 'node:net'
import { networkInterfaces } from 'node:os'
import { Networks } from '../../base/networks.ts'
import { systemWords } from '../../base/system-error.ts'
import { inside } from '../../queue/mx-courier.ts'

export interface Network {
  /** "" when a connection was made, else why not. */
  dial(address: string, port: number): Promise<string>
  /** By how much this machine's clock is ahead, in milliseconds; undefined: nobody answered. */
  clockAheadMs(address: string): Promise<number | undefined>
  /** The addresses of this machine that others can reach. */
  publicAddresses(): readonly string[]
}

const timeoutMs = 5000
/** From 1900 to 1970, RFC 5905 §6. */
const ntpEpochSeconds = 2_208_988_800

export const network: Network = {
  dial: (address, port) =>
    new Promise((resolve) => {
      const socket = connect({ host: address, port, timeout: timeoutMs })
      const end = (why: string) => {
        socket.removeAllListeners().on('error', () => {})
        socket.destroy()
        resolve(why)
      }
      socket.on('connect', () => end(''))
      socket.on('timeout', () => end('Connection timed out'))
      socket.on('error', (error) => end(systemWords(error)))
    }),
  clockAheadMs,
  publicAddresses: () => {
    const shut = new Networks(inside)
    return Object.values(networkInterfaces())
      .flatMap((entries) => entries ?? [])
      .map(({ address }) => address)
      .filter((address) => !address.includes('%') && !shut.has(address))
  },
}

/** RFC 5905 §7.3: a client's question, and the time at which the server sent its answer. */
function clockAheadMs(address: string, port = 123): Promise<number | undefined> {
  return new Promise((resolve) => {
    const socket = createSocket(isIPv6(address) ? 'udp6' : 'udp4')
    const packet = Buffer.alloc(48)
    packet[0] = 0x23
    const began = Date.now()
    const end = (ahead?: number) => {
      clearTimeout(timer)
      socket.removeAllListeners().on('error', () => {})
      socket.close()
      resolve(ahead)
    }
    const timer = setTimeout(() => end(), timeoutMs)
    socket.on('error', () => end())
    socket.on('message', (data) => {
      if (data.length < 48) return
      const seconds = data.readUInt32BE(40) - ntpEpochSeconds
      const theirs = seconds * 1000 + (data.readUInt32BE(44) / 2 ** 32) * 1000
      end(Math.round((began + Date.now()) / 2 - theirs))
    })
    socket.connect(port, address, () => socket.send(packet))
  })
}
