// A network of machines on one: each a network namespace, all on one bridge, none with a way out.
import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { program } from './debian.ts'
import type { Cleanup } from './places.ts'

export interface Machine {
  readonly address: string
  /** The words before a command that is to run there. */
  readonly under: readonly string[]
  /** Pulls its cable out, or puts it in again. */
  plugged(inserted: boolean): void
}

/** Namespaces are of the whole system: two runs at a time must not meet. */
const mine = `amplop-${process.pid}`

/** Machines by name at 192.168.50.1, .2 …; or the reason why there are none here. */
export async function openNetwork<Name extends string>(
  test: Cleanup,
  names: readonly Name[],
): Promise<Readonly<Record<Name, Machine>> | string> {
  if (process.platform !== 'linux') return 'network namespaces are of Linux'
  if (process.getuid?.() !== 0) return 'network namespaces need root'
  const ip = await program('ip', 'iproute2')
  if (!ip) return 'no ip command here, and it cannot be installed'
  const run = (words: string) => execFileSync(ip, words.split(' '), { stdio: 'pipe' })
  const made: string[] = []
  const namespace = (name: string) => {
    run(`netns add ${mine}-${name}`)
    made.push(`${mine}-${name}`)
    run(`-n ${mine}-${name} link set lo up`)
    return `${mine}-${name}`
  }
  test.after(() => {
    const left = made.filter((name) => !succeeds(() => run(`netns del ${name}`)))
    assert.deepEqual(left, [], 'every namespace is removed')
  })
  try {
    const hub = namespace('hub')
    run(`-n ${hub} link add bridge type bridge`)
    run(`-n ${hub} link set bridge up`)
    const machine = (name: string, n: number): Machine => {
      const at = namespace(name)
      const address = `192.168.50.${n + 1}`
      run(`-n ${at} link add eth0 type veth peer name port${n} netns ${hub}`)
      run(`-n ${at} addr add ${address}/24 dev eth0`)
      run(`-n ${at} link set eth0 up`)
      run(`-n ${hub} link set port${n} master bridge up`)
      return {
        address,
        under: [ip, 'netns', 'exec', at],
        plugged: (inserted) => run(`-n ${hub} link set port${n} ${inserted ? 'up' : 'down'}`),
      }
    }
    const machines = names.map((name, n) => [name, machine(name, n)] as const)
    return Object.fromEntries(machines) as Record<Name, Machine>
  } catch (error) {
    const { stderr } = error as { stderr?: Buffer }
    return `network namespaces are not allowed here: ${String(stderr ?? error).trim()}`
  }
}

function succeeds(work: () => unknown): boolean {
  try {
    work()
    return true
  } catch {
    return false
  }
}
