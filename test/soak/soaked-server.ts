// The server under the soak, from outside: what it holds, and what it says of itself. Reads /proc.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'

export class SoakedServer {
  readonly #pid: number
  readonly #http: number

  constructor(pid: number, http: number) {
    this.#pid = pid
    this.#http = http
  }

  memory(): { rssKb: number; privateKb: number } {
    const text = readFileSync(`/proc/${this.#pid}/smaps_rollup`, 'utf8')
    const kb = (name: string) => Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(text)?.[1])
    return { rssKb: kb('Rss'), privateKb: kb('Private_Clean') + kb('Private_Dirty') }
  }

  /** All but those of segments: up to 64 that were read from stay open. */
  descriptors(): number {
    const folder = `/proc/${this.#pid}/fd`
    return readdirSync(folder).filter((fd) => !linkOf(`${folder}/${fd}`).endsWith('.seg')).length
  }

  /** Waits until clients that vanished are noticed; how many descriptors there are then. */
  async untilAlone(): Promise<number> {
    for (let waits = 0; waits < 100; waits++) {
      if ((await metricOf(this.#http, 'amplop_connections{listener="smtp"}')) === 0) break
      await wait(100)
    }
    // Sockets are closed, and the other end of ours to its metrics too.
    await wait(1_000)
    return this.descriptors()
  }
}

function linkOf(path: string): string {
  try {
    return readlinkSync(path)
  } catch {
    // Closed meanwhile.
    return ''
  }
}

/** One of its metrics. */
export async function metricOf(http: number, name: string): Promise<number> {
  const headers = { connection: 'close' }
  const text = await (await fetch(`http://127.0.0.1:${http}/metrics`, { headers })).text()
  const line = text.split('\n').find((each) => each.startsWith(`${name} `))
  return Number(line?.slice(name.length + 1) ?? 0)
}
