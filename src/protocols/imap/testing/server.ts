// An IMAP listener in front of a real house with its store, for tests: tito and iqbal, "amplop".
import { mkdtempSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect as connectTls } from 'node:tls'
import type { Login } from '../../../accounts/logins.ts'
import { Ids } from '../../../base/ids.ts'
import { silentLog } from '../../../base/log.ts'
import { loopback, Networks } from '../../../base/networks.ts'
import { accountLife } from '../../../delivery/account-life.ts'
import { type House, type HouseOptions, openHouse } from '../../../delivery/testing/house.ts'
import { FileIndex } from '../../../mailbox/search/file-index.ts'
import { Search } from '../../../mailbox/search/search.ts'
import { listen } from '../../../wire/listener.ts'
import { selfSigned } from '../../../wire/self-signed.ts'
import { Player } from '../../../wire/testing/transcript.ts'
import { secureContext } from '../../../wire/tls.ts'
import { serveImap } from '../imap.ts'
import { Recents } from '../recents.ts'
import { busy } from '../replies.ts'
import type { ImapOptions, ImapPorts } from '../session.ts'

export interface Cleanup {
  after(work: () => Promise<void> | void): void
}

const context = secureContext(selfSigned(['localhost', '127.0.0.1']), { alpn: ['imap'] })

const dialer = (port: number) => async () => connect(port, '127.0.0.1').setNoDelay(true)

const usual: ImapOptions = {
  serverName: 'mail.example.com',
  version: '0.0.0',
  contact: 'mailto:postmaster@example.com',
  sizeMaxBytes: 10_485_760,
  loginTimeoutMs: 20_000,
  idleTimeoutMs: 20_000,
  dataMinBytesPerSecond: 500,
  inProgressEveryMs: 10_000,
  errorsMax: 100,
  starttls: true,
  jmapUrl: '',
  messagesMax: 0,
  savesMax: 0,
}

export interface TestOptions extends Partial<ImapOptions> {
  /** Whether there is \Recent, which transcripts of IMAP4rev2 leave aside. */
  readonly recents?: boolean
}

const never = Number.POSITIVE_INFINITY
const nothingRecent = { first: async () => never, take: async () => never }

export async function openImap(
  test: Cleanup,
  { recents = false, ...options }: TestOptions = {},
  houseOptions: HouseOptions = {},
) {
  const house = await openHouse(test, houseOptions)
  const folder = mkdtempSync(join(tmpdir(), 'amplop-imap-'))
  const { engine, mailboxes, messages, store } = house
  const ids = new Ids()
  const { people, renew } = villageOf(house, ids)
  const index = new FileIndex(join(folder, 'search.db'))
  const ports: ImapPorts = {
    options: { ...usual, ...options },
    mailboxes,
    messages,
    search: new Search({ engine, blobs: store.blobs, index }),
    recents: recents ? new Recents({ messages, now: () => 0 }) : nothingRecent,
    log: silentLog,
    // Hashing passwords would be most of the tests' time.
    authenticator: (where) => ({
      ...house.accounts.authenticator(where),
      offers: { scram: false, bearer: false },
      password: async (name, password) =>
        password === 'amplop' ? people.get(name.replace('@example.com', '')) : undefined,
    }),
  }
  const port = (tls: boolean) =>
    listen({
      name: 'imap',
      host: '127.0.0.1',
      port: 0,
      connectionsMax: 2000,
      connectionsPerNeighbourMax: 2000,
      trusted: new Networks(loopback),
      busy,
      log: silentLog,
      ids,
      ...(tls ? { tls: context } : {}),
      serve: (connection) =>
        serveImap(ports, { connection, log: silentLog, secure: (c) => c.secure(context) }),
    })
  const [plain, secured] = [await port(false), await port(true)]
  const dial = dialer(plain.port)
  let closed = false
  const close = async () => {
    if (closed) return
    closed = true
    await Promise.all([plain.close(1000), secured.close(1000)])
    await index.close()
    await house.close()
    rmSync(folder, { recursive: true })
  }
  test.after(close)
  await renew()
  return {
    house,
    ports,
    renew,
    accountOf: (name: string) => people.get(name)?.account ?? '',
    port: plain.port,
    close,
    dial,
    dialTls: async () =>
      connectTls({ port: secured.port, host: '127.0.0.1', rejectUnauthorized: false }),
    /** A client that has heard the greeting. */
    async client(): Promise<Player> {
      const player = new Player(await dial())
      await player.line()
      return player
    },
  }
}

/** Who may log in. After `renew` tito and iqbal are others, who have no mail yet. */
function villageOf({ engine }: House, ids: Ids) {
  const people = new Map<string, Login>()
  const renew = async () => {
    for (const local of ['tito', 'iqbal']) {
      // What was shared before is gone with whose it was.
      const account = people.get(local)?.account
      while (account !== undefined && !(await engine.run(accountLife.close, { account })));
      const id = ids.next()
      const address = { local: `${local}${id}`, domain: 'example.com' }
      const rest = { name: '', password: '', quotaBytes: 0, quotaMessages: 0, at: Date.now() }
      await engine.run(accountLife.open, { id, address, ...rest })
      people.set(local, { account: id, address: `${local}@example.com`, name: '' })
    }
  }
  return { people, renew }
}

export type ImapServer = Awaited<ReturnType<typeof openImap>>
