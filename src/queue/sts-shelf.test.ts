// Policies of other domains outlive the process, on both engines.
import assert from 'node:assert/strict'
import { everyEngine } from '../store/testing/engines.ts'
import { newFolder } from '../store/testing/places.ts'
import { readStsPolicy } from '../trust/mta-sts.ts'
import { stsMigrations, stsShelf } from './sts-shelf.ts'

const workerUrl = new URL('./testing/sts-writer.ts', import.meta.url)
const policy = readStsPolicy('version: STSv1\nmode: enforce\nmx: mx.example\nmax_age: 86400\n')!

everyEngine(
  'a policy is there again after a restart, and the newer one counts',
  async (t, kind) => {
    const folder = newFolder(t)
    const open = () => kind.open(folder, { workerUrl, migrations: stsMigrations })
    const engine = await open()
    const until = Date.now() + 1000
    const shelf = stsShelf(engine)
    assert.equal(await shelf.load('a.example'), undefined)
    await shelf.save('a.example', { policy, id: '1', until })
    await shelf.save('a.example', { policy, id: '2', until })
    await engine.close()
    const again = await open()
    assert.deepEqual(await stsShelf(again).load('a.example'), { policy, id: '2', until })
    await again.close()
  },
)
