// A POP3 listener in front of a real house with its store, for tests: the maildrop of tito.
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Ids } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { loopback, Networks } from '../../../base/networks.ts'
import { accountId, openHouse } from '../../../delivery/testing/house.ts'
import { inbox } from '../../../mailbox/account-work.ts'
import { Maildrops } from '../../../mailbox/maildrop.ts'
import { listen } from '../../../wire/listener.ts'
import { converse } from '../../../wire/protocol.ts'
import { selfSigned } from '../../../wire/self-signed.ts'
import { Player } from '../../../wire/testing/transcript.ts'
import { secureContext } from '../../../wire/tls.ts'
import { InUse } from '../in-use.ts'
import { pop3 } from '../pop3.ts'
import { busy } from '../replies.ts'
import type { Pop3Options, Pop3Ports } from '../session.ts'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

const context = secureContext(selfSigned(['localhost', '127.0.0.1']), { alpn: ['pop3'] })

export async function openPop3(test: Cleanup, options: Partial<Pop3Options> = {}) {
  const house = await openHouse(test)
  await house.accounts.setPassword('tito@example.com', 'amplop')
  const account = await accountId(house, 'tito@example.com')
  const ids = new Ids()
  const ports: Pop3Ports = {
    options: {
      exclusive: true,
      loginDelayMs: 0,
      commandTimeoutMs: 20_000,
      errorsMax: 50,
      ...options,
    },
    maildrops: new Maildrops(house.store, house.mailboxes.changes),
    messages: house.messages,
    inUse: new InUse(Date.now),
    log: silentLog,
    authenticator: (where) => house.accounts.authenticator(where),
  }
  const protocol = pop3(ports.options)
  const port = (tls: boolean) =>
    listen({
      name: 'pop3',
      host: '127.0.0.1',
      port: 0,
      connectionsMax: 200,
      connectionsPerNeighbourMax: 200,
      trusted: new Networks(loopback),
      busy,
      log: silentLog,
      ids,
      ...(tls ? { tls: context } : {}),
      serve: (connection) =>
        converse(protocol, { connection, ports, log: silentLog, secure: (c) => c.secure(context) }),
    })
  const [plain, secured] = [await port(false), await port(true)]
  const dial = async () => connect(plain.port, '127.0.0.1').setNoDelay(true)
  const dialTls = async () =>
    connectTls({ port: secured.port, host: '127.0.0.1', rejectUnauthorized: false })
  const close = async () => {
    await Promise.all([plain.close(1000), secured.close(1000)])
    await house.close()
  }
  /** Puts messages into the maildrop, in this order. */
  const put = async (...texts: (string | Uint8Array)[]) => {
    const entries = []
    for (const text of texts) {
      const letter = house.messages.letter(64 * 2 ** 20)
      await letter.write(Buffer.from(text))
      entries.push({ letter: await letter.seal() })
    }
    return house.messages.append({ account, mailbox: inbox }, entries)
  }
  /** Empties the maildrop. */
  const clear = () => house.messages.expunge({ account, mailbox: inbox }, [[1, 2 ** 32 - 1]], false)
  const client = async (): Promise<Player> => {
    const player = new Player(await dial())
    await player.line()
    return player
  }
  const clients = { port: plain.port, listener: plain, dial, dialTls, client }
  return { house, ports, account, close, put, clear, ...clients }
}
