// A server that is killed under load, again and again.
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { Laden } from '../support/laden.ts'
import { newFolder } from '../support/places.ts'
import { Scope } from '../support/scope.ts'

export interface Kills {
  acknowledged: number
  verbs: number
  readonly problems: string[]
}

const cyclesOfFolder = 10

/** Kills `cycles` times, on a new folder every tenth. */
export async function kill(
  cycles: number,
  seed: number,
  told: (line: string) => void = () => {},
): Promise<Kills> {
  const kills: Kills = { acknowledged: 0, verbs: 0, problems: [] }
  for (let done = 0; done < cycles; done += cyclesOfFolder) {
    const scope = new Scope()
    try {
      const laden = new Laden({ data: join(newFolder(scope), 'data'), seed: seed + done })
      for (let cycle = done; cycle < Math.min(done + cyclesOfFolder, cycles); cycle++) {
        const server = await laden.serve(scope)
        const ended = laden.load(server)
        const until = laden.ledger.acknowledged + Math.floor(laden.random() * 200)
        await laden.until(ended, laden.ledger.reaches(until))
        await pause(laden.random() * 10)
        await server.stop('SIGKILL')
        await ended
        const problems = [...(await laden.audited()), ...(await laden.verified())]
        kills.problems.push(...problems)
        if (problems.length > 0) return kills
      }
      kills.acknowledged += laden.ledger.acknowledged
      kills.verbs += laden.verbs.count
      told(`${Math.min(done + cyclesOfFolder, cycles)} kills: ${kills.acknowledged} acknowledged`)
    } finally {
      await scope.end()
    }
  }
  return kills
}
