// `npm run test:attack`: every attack in full. AMPLOP_SEED is of no use here; nothing is left out.
import { spawn } from 'node:child_process'
import { once } from 'node:events'

const tests = spawn(
  process.execPath,
  ['scripts/test.ts', 'test/attack', ...process.argv.slice(2)],
  {
    cwd: new URL('../..', import.meta.url),
    env: { ...process.env, AMPLOP_ATTACK: 'whole' },
    stdio: 'inherit',
  },
)
const [code] = (await once(tests, 'exit')) as [number | null]
process.exitCode = code ?? 1
