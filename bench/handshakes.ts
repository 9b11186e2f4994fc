// Full STARTTLS handshakes a second, each on a connection of its own, of the peers in turn.
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Peer } from './peers.ts'
import type { TlsLoad, TlsLoadResult } from './tls-load.ts'

const generator = fileURLToPath(new URL('./tls-load.ts', import.meta.url))
const lanes = 20
const handshakes = 400

/** Prints each peer's median, and of the first one's ratios to each other's the median. */
export async function benchHandshakes(peers: readonly Peer[], rounds: number): Promise<void> {
  const rates = peers.map((): number[] => [])
  const cpuUs = peers.map((): number[] => [])
  for (const peer of peers) await measure(peer, lanes)
  for (let round = 0; round < rounds; round++)
    for (const [n, peer] of peers.entries()) {
      const before = peer.cpuUs()
      rates[n]?.push(await measure(peer, handshakes))
      cpuUs[n]?.push((peer.cpuUs() - before) / handshakes)
    }
  for (const [n, peer] of peers.entries()) {
    const own = rates[n] ?? []
    const ratio = median(own.map((rate, round) => (rates[0]?.[round] ?? 0) / rate))
    const beside = n === 0 ? '' : `, ${peers[0]?.name} x ${ratio.toFixed(2)}`
    const cost = `${median(cpuUs[n] ?? []).toFixed(0)} µs`
    console.log(
      `STARTTLS handshakes a second, ${peer.name}: ${median(own).toFixed(0)} (${cost})${beside}`,
    )
  }
}

async function measure({ port, name }: Peer, handshakes: number): Promise<number> {
  const load: TlsLoad = { port, lanes, handshakes }
  const args = [generator, JSON.stringify(load)]
  const { stdout } = await promisify(execFile)(process.execPath, args, { timeout: 120_000 })
  const { done, seconds, failed }: TlsLoadResult = JSON.parse(stdout)
  if (failed > 0) throw new Error(`${failed} handshakes failed at ${name}`)
  return done / seconds
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1] ?? 0
}
