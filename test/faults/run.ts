// `npm run test:faults [-- --messages N --kills N --fills N]`: errors of the disk over many messages,
// kill -9 in cycles, a disk that fills up in cycles. What cannot be done here is skipped, by name.
import { parseArgs } from 'node:util'
import { noDisk } from '../support/loop-disk.ts'
import { Scope } from '../support/scope.ts'
import { faultShim } from '../support/shim.ts'
import { diskErrors } from './errors.ts'
import { fillDisk } from './full-disk.ts'
import { kill } from './kills.ts'

const { values } = parseArgs({
  options: {
    messages: { type: 'string', default: '20000' },
    kills: { type: 'string', default: '200' },
    fills: { type: 'string', default: '20' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})
const [messages, kills, fills, seed] = [
  values.messages,
  values.kills,
  values.fills,
  values.seed,
].map(Number) as [number, number, number, number]
const told = (line: string) => console.log(line)
const rows: string[] = []
let [failed, skipped] = [0, 0]

function tell(what: string, sums: string, problems: readonly string[]): void {
  if (problems.length > 0) failed++
  rows.push(`${problems.length > 0 ? 'WRONG ' : 'ok    '} ${what}: ${sums}`)
  for (const problem of problems.slice(0, 20)) rows.push(`         ${problem}`)
}

function skip(what: string, reason: string): void {
  skipped++
  rows.push(`skip   ${what}: ${reason}`)
}

process.once('SIGINT', () => process.exit(130))
console.log(`seed ${seed}`)
const scope = new Scope()
try {
  if (messages > 0) await errors()
  if (kills > 0) {
    const { acknowledged, verbs, problems } = await kill(kills, seed, told)
    tell(`${kills} kills`, `${acknowledged} messages and ${verbs} verbs acknowledged`, problems)
  }
  if (fills > 0) await full()
} finally {
  await scope.end()
}
const end = skipped > 0 ? `, ${skipped} skipped` : ''
console.log(
  `\n${rows.join('\n')}\n\n${rows.length - failed - skipped} passed, ${failed} failed${end}`,
)
process.exitCode = failed === 0 ? 0 : 1

async function errors(): Promise<void> {
  const shim = faultShim(scope)
  if (!shim) return skip('errors of the disk', 'needs Linux and a C compiler')
  const found = await diskErrors(scope, shim, { count: messages, seed })
  const { acknowledged, refused, verbs, answers, problems } = found
  const answered = [...answers].map(([answer, count]) => `${answer} ${count} times`).join(', ')
  const sums = `${acknowledged} messages and ${verbs} verbs acknowledged, ${refused} refused`
  tell(
    `errors of the disk, ${messages} messages`,
    `${sums}; sessions ended with ${answered}`,
    problems,
  )
}

async function full(): Promise<void> {
  const reason = await noDisk()
  if (reason !== undefined) return skip('a full disk', reason)
  const found = await fillDisk(scope, { cycles: fills, seed, told })
  const { acknowledged, refusals, expunged, recoveryMaxMs, problems } = found
  const sums = `${acknowledged} acknowledged, ${refusals} refusals, ${expunged} verbs while it was full`
  tell(
    `a disk filled ${fills} times`,
    `${sums}, taken again after at most ${Math.round(recoveryMaxMs)} ms`,
    problems,
  )
}
