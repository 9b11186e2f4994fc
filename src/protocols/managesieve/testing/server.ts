// A ManageSieve listener in front of a real house with its store, for tests: the scripts of tito.
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Ids } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { loopback, Networks } from '../../../base/networks.ts'
import { Scripts } from '../../../delivery/scripts.ts'
import { accountId, openHouse } from '../../../delivery/testing/house.ts'
import { listen } from '../../../wire/listener.ts'
import { selfSigned } from '../../../wire/self-signed.ts'
import { secureContext } from '../../../wire/tls.ts'
import { serveManageSieve } from '../managesieve.ts'
import { busy } from '../replies.ts'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

const context = secureContext(selfSigned(['localhost', '127.0.0.1']), { alpn: ['managesieve'] })

export async function openManageSieve(test: Cleanup) {
  const house = await openHouse(test)
  await house.accounts.setPassword('tito@example.com', 'amplop')
  const account = await accountId(house, 'tito@example.com')
  const scripts = new Scripts(house)
  const ports = {
    options: { commandTimeoutMs: 20_000, errorsMax: 50 },
    scripts,
    authenticator: house.accounts.authenticator.bind(house.accounts),
  }
  const port = (tls: boolean) =>
    listen({
      ...{ name: 'sieve', host: '127.0.0.1', port: 0, busy, log: silentLog, ids: new Ids() },
      ...{ connectionsMax: 200, connectionsPerNeighbourMax: 200, trusted: new Networks(loopback) },
      ...(tls ? { tls: context } : {}),
      serve: (connection) =>
        serveManageSieve(ports, { connection, log: silentLog, secure: (c) => c.secure(context) }),
    })
  const [plain, secured] = [await port(false), await port(true)]
  const dial = async () => connect(plain.port, '127.0.0.1').setNoDelay(true)
  const dialTls = async () =>
    connectTls({ port: secured.port, host: '127.0.0.1', rejectUnauthorized: false })
  /** Leaves tito without scripts. */
  const clear = async () => {
    await scripts.activate(account, '')
    for (const { name } of await scripts.list(account)) await scripts.remove(account, name)
  }
  const close = async () => {
    await Promise.all([plain.close(1000), secured.close(1000)])
    await house.close()
  }
  return { house, scripts, account, port: plain.port, dial, dialTls, clear, close }
}
