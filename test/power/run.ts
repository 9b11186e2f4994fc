// `npm run test:power [-- --cycles N --fs ext4,xfs --control NAME]`: power cuts under load, and the
// controls that must lose. Needs root, loop devices and xfsprogs, and skips without.
import { parseArgs } from 'node:util'
import { type FileSystem, fileSystems, noDisk } from '../support/loop-disk.ts'
import { type Control, type Cuts, controls, cutPower, cutPowerOfSweep } from './power-cuts.ts'

const { values } = parseArgs({
  options: {
    cycles: { type: 'string', default: '100' },
    controls: { type: 'string', default: '10' },
    fs: { type: 'string', default: fileSystems.join() },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
  },
})

const reason = await noDisk()
if (reason !== undefined) {
  console.log(`0 passed, 0 failed, 1 skipped (power cuts: ${reason})`)
  process.exit(0)
}
process.once('SIGINT', () => process.exit(130))
console.log(`seed ${values.seed}`)
const told = (line: string) => console.log(line)
const wanted = values.fs
  .split(',')
  .filter((name): name is FileSystem => fileSystems.includes(name as FileSystem))
const rows: string[] = []
let failed = 0

/** "no folder sync" is seen to lose nothing where the sync of a new file makes its name durable. */
const mustLose: readonly Control[] = ['database not synced', 'segments not synced']

for (const fileSystem of wanted) {
  for (const control of Object.keys(controls) as Control[]) {
    const cycles = Number(control === 'none' ? values.cycles : values.controls)
    if (cycles === 0) continue
    const cuts = await cutPower({ fileSystem, cycles, control, seed: Number(values.seed), told })
    const good = control === 'none' ? cuts.bad === 0 : cuts.bad > 0 || !mustLose.includes(control)
    if (!good) failed++
    rows.push(row(fileSystem, control, cuts, good))
    if (control === 'none') for (const problem of cuts.problems) console.log(`  ${problem}`)
  }
}
for (const fileSystem of wanted) {
  const cycles = Number(values.cycles)
  const cuts = await cutPowerOfSweep({ fileSystem, cycles, seed: Number(values.seed), told })
  if (cuts.bad > 0) failed++
  const head = `${cuts.bad > 0 ? 'WRONG ' : 'ok    '} ${fileSystem}, the store while it sweeps`
  rows.push(`${head}: ${cycles} cuts, ${cuts.bad} with losses`)
  for (const problem of cuts.problems) console.log(`  ${problem}`)
}
console.log(`\n${rows.join('\n')}\n\n${rows.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1

function row(fileSystem: string, control: Control, cuts: Cuts, good: boolean): string {
  const { cycles, acknowledged, verbs, bad } = cuts
  const what = control === 'none' ? 'as it is' : `control: ${control}`
  const sums = `${cycles} cuts, ${acknowledged} messages and ${verbs} verbs acknowledged`
  return `${good ? 'ok    ' : 'WRONG '} ${fileSystem}, ${what}: ${sums}, ${bad} cuts with losses`
}
