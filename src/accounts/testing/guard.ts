// A guard with its usual limits, for tests. Nobody waits for it.
import { type Log, silentLog } from '../../base/log.ts'
import { loopback, Networks } from '../../base/networks.ts'
import { Guard, type GuardOptions } from '../guard.ts'

export function testGuard(options: Partial<GuardOptions> = {}, log: Log = silentLog): Guard {
  return new Guard({
    perAccount: 30,
    perNetwork: 60,
    perDistrict: 300,
    trusted: new Networks(loopback),
    log,
    now: Date.now,
    wait: async () => {},
    ...options,
  })
}
