// An SMTP listener in front of a real house with its store, for tests.
import { connect } from 'node:net'
import { connect as connectTls } from 'node:tls'
import { Ids } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { loopback, Networks } from '../../../base/networks.ts'
import type { Hear } from '../../../delivery/screen.ts'
import {
  accountId,
  bytesIn,
  type HouseOptions,
  openHouse,
} from '../../../delivery/testing/house.ts'
import { listen } from '../../../wire/listener.ts'
import { converse } from '../../../wire/protocol.ts'
import { selfSigned } from '../../../wire/self-signed.ts'
import { Player } from '../../../wire/testing/transcript.ts'
import { secureContext } from '../../../wire/tls.ts'
import { busy } from '../replies.ts'
import type { SmtpOptions, SmtpPorts } from '../session.ts'
import { smtp } from '../smtp.ts'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

interface ServerOptions extends HouseOptions {
  readonly screen?: Hear
  /** Whose connections begin with a PROXY header. */
  readonly proxies?: Networks
}

const pair = selfSigned(['localhost', '127.0.0.1'])

const usual: SmtpOptions = {
  face: 'smtp',
  serverName: 'mx.example.com',
  sizeMaxBytes: 10_485_760,
  recipientsMax: 1000,
  lenient: true,
  commandTimeoutMs: 20_000,
  dataMinBytesPerSecond: 500,
  errorsMax: 20,
  idleCommandsMax: 1000,
  trusted: new Networks(loopback),
  starttls: true,
  xclient: new Networks([]),
  verify: 'members',
  offers: new Set(),
}

export async function openSmtp(
  test: Cleanup,
  options: Partial<SmtpOptions> = {},
  { screen, proxies, ...houseOptions }: ServerOptions = {},
  clientCa = '',
) {
  const context = secureContext(pair, { clientCa, alpn: ['smtp'] })
  const house = await openHouse(test, { senderPolicy: 'any', ...houseOptions })
  await house.accounts.setPassword('tito@example.com', 'amplop')
  const ids = new Ids()
  const ports: SmtpPorts = {
    options: {
      ...usual,
      ...options,
    },
    delivery: house.delivery,
    ids,
    log: silentLog,
    ...(screen ? { screen } : {}),
    authenticator: (where) => house.accounts.authenticator(where),
  }
  const protocol = smtp(ports)
  const port = (tls: boolean, host = '127.0.0.1') =>
    listen({
      name: 'smtp',
      host,
      port: 0,
      connectionsMax: 20_000,
      connectionsPerNeighbourMax: 20_000,
      trusted: new Networks(loopback),
      busy,
      log: silentLog,
      ids,
      ...(tls ? { tls: context } : {}),
      ...(proxies ? { proxies } : {}),
      serve: (connection) =>
        converse(protocol, {
          ...{ connection, ports, log: silentLog },
          secure: (c) => c.secure(context),
        }).finally(() => screen?.({ at: 'end', session: connection.id })),
    })
  const [plain, secured] = [await port(false), await port(true)]
  const dial = async () => connect(plain.port, '127.0.0.1').setNoDelay(true)
  const dialTls = async () =>
    connectTls({ port: secured.port, host: '127.0.0.1', rejectUnauthorized: false })
  const close = async () => {
    await Promise.all([plain.close(1000), secured.close(1000)])
    await house.close()
  }
  return {
    house,
    port: plain.port,
    tlsPort: secured.port,
    listener: plain,
    close,
    dial,
    dialTls,
    /** A client that has heard the greeting. */
    async client(): Promise<Player> {
      const player = new Player(await dial())
      await player.line()
      return player
    },
    /** The text of every message in the INBOX of `name`@example.com, oldest first. */
    async inbox(name: string): Promise<string[]> {
      const account = await accountId(house, `${name}@example.com`)
      return (await bytesIn(house, account)).map(({ body }) => body.toString('latin1'))
    },
  }
}
