// What a ManageSieve port serves: the scripts of accounts, in front of the rooms that keep them.
import type { Access } from '../base/access.ts'
import type { Log } from '../base/log.ts'
import type { Tally } from '../base/tally.ts'
import { serveManageSieve } from '../protocols/managesieve/managesieve.ts'
import type { Phase } from '../protocols/managesieve/session.ts'
import type { Connection } from '../wire/connection.ts'
import type { ServerContext } from '../wire/tls.ts'
import type { LiveSettings } from './config/live.ts'
import { readerWitness, sieveReason } from './reader-book.ts'
import type { Rooms } from './rooms.ts'

interface Ports {
  readonly live: LiveSettings
  readonly rooms: Pick<Rooms, 'scripts' | 'accounts'>
  readonly context: ServerContext
  readonly log: Log
  readonly books: { readonly access: Access; readonly tally: Tally }
}

export function sieveService({ live, rooms, context, log, books }: Ports) {
  const ports = {
    options: live.derive(({ managesieve }) => ({
      commandTimeoutMs: managesieve.command_timeout_ms,
      errorsMax: managesieve.errors_max,
    })),
    scripts: rooms.scripts,
    authenticator: rooms.accounts.authenticator.bind(rooms.accounts),
  }
  const secure = (plain: Connection) => plain.secure(context)
  return (connection: Connection) => {
    const witness = readerWitness<Phase>(connection, {
      ...books,
      ...{ protocol: 'sieve', reasonOf: sieveReason },
      accountOf: (phase) => (phase.in === 'user' ? phase.address : ''),
    })
    return serveManageSieve(ports, { connection, log, witness, secure })
  }
}
