// The IMAP server as one value for each connection: what it can hear, say and bear. RFC 9051 and
// RFC 3501 at the same time.
import type { Connection } from '../../wire/connection.ts'
import { LiteralReader } from '../../wire/literal-reader.ts'
import { converse, type Protocol, type Session, table } from '../../wire/protocol.ts'
import { capabilities } from './capabilities.ts'
import { deleteAcl, getAcl, listRights, myRights, setAcl } from './commands/acl.ts'
import { append } from './commands/append.ts'
import { authenticate } from './commands/authenticate.ts'
import { cancelUpdate } from './commands/cancel-update.ts'
import { capability } from './commands/capability.ts'
import { close, unselect } from './commands/close.ts'
import { compress } from './commands/compress.ts'
import { copy, move, uidCopy, uidMove } from './commands/copy.ts'
import { create } from './commands/create.ts'
import { deleteMailbox } from './commands/delete.ts'
import { enable } from './commands/enable.ts'
import { esearch } from './commands/esearch.ts'
import { expunge, uidExpunge } from './commands/expunge.ts'
import { fetch, uidFetch } from './commands/fetch.ts'
import { id } from './commands/id.ts'
import { idle } from './commands/idle.ts'
import { getJmapAccess } from './commands/jmap-access.ts'
import { language } from './commands/language.ts'
import { list, lsub } from './commands/list.ts'
import { login } from './commands/login.ts'
import { logout } from './commands/logout.ts'
import { getMetadata, setMetadata } from './commands/metadata.ts'
import { namespace } from './commands/namespace.ts'
import { check, noop } from './commands/noop.ts'
import { notify } from './commands/notify.ts'
import { getQuota, getQuotaRoot } from './commands/quota.ts'
import { rename } from './commands/rename.ts'
import { replace, uidReplace } from './commands/replace.ts'
import { search, sort, thread, uidSearch, uidSort, uidThread } from './commands/search.ts'
import { examine, select } from './commands/select.ts'
import { starttls } from './commands/starttls.ts'
import { status } from './commands/status.ts'
import { store, uidStore } from './commands/store.ts'
import { subscribe, unsubscribe } from './commands/subscribe.ts'
import { uidBatches } from './commands/uid-batches.ts'
import { unauthenticate } from './commands/unauthenticate.ts'
import { genUrlAuth, resetKey, urlFetch } from './commands/urlauth.ts'
import { isListening, whileTelling } from './notify/telling.ts'
import { spokenBy, strangerLimits } from './reading.ts'
import { formatReply, type ImapReply, ok, refusals, replies } from './replies.ts'
import type { ImapPorts, Phase, SessionPorts } from './session.ts'
import { Speech } from './speech.ts'

export const commands = table([
  ...[language, capability, noop, check, logout, id, starttls, login, authenticate, enable],
  ...[select, examine, close, unselect, namespace, list, lsub, status, create, deleteMailbox],
  ...[rename, subscribe, unsubscribe, append, idle, store, uidStore, copy, uidCopy, move],
  ...[uidMove, expunge, uidExpunge, fetch, uidFetch, getQuota, getQuotaRoot],
  ...[getMetadata, setMetadata],
  ...[setAcl, deleteAcl, getAcl, listRights, myRights],
  ...[getJmapAccess, uidBatches, genUrlAuth, resetKey, urlFetch],
  ...[compress, unauthenticate, replace, uidReplace, notify],
  ...[esearch, cancelUpdate, search, uidSearch, sort, uidSort, thread, uidThread],
])

/** Converses until the client leaves. Never rejects. */
export function serveImap(
  ports: ImapPorts,
  session: Omit<Session<SessionPorts>, 'ports'>,
): Promise<void> {
  const { connection } = session
  const reader = new LiteralReader(connection, strangerLimits)
  const spoken = { ...ports, reader, speech: new Speech() }
  return converse(imap(spoken, connection), { ...session, ports: spoken })
}

function imap(
  ports: SessionPorts,
  connection: Connection,
): Protocol<Phase, ImapReply, SessionPorts> {
  const { options, reader, speech } = ports
  const can = capabilities('stranger', connection, ports)
  return {
    name: 'imap',
    start: () => ({ in: 'stranger', failures: 0 }),
    greeting: ok(`${options.serverName} Amplop ready`, `CAPABILITY ${can}`),
    commands,
    limits: {
      errorsMax: options.errorsMax,
      get commandTimeoutMs() {
        return reader.limits === strangerLimits ? options.loginTimeoutMs : options.idleTimeoutMs
      },
    },
    read: (_, phase) => {
      const spoken = spokenBy(reader)
      if (!(spoken instanceof Promise) || !isListening(phase)) return spoken
      return whileTelling(phase, spoken, { ports, connection, idling: false })
    },
    format: (reply, tag) => formatReply(speech.said(reply), tag),
    answers: {
      unknown: replies.unknown,
      tooLong: replies.tooLong,
      timedOut: replies.timedOut,
      stopping: replies.stopping,
      tooManyErrors: replies.tooManyErrors,
      bug: replies.bug,
      outOfPhase,
      syntax: (text) => ({ is: 'BAD', code: '', text }),
      refused: (error) => refusals[error.code],
    },
  }
}

function outOfPhase(name: string, phase: string): ImapReply {
  if (phase === 'stranger') return replies.needLogin
  return commands.get(name)?.when.includes('stranger') ? replies.loggedIn : replies.needMailbox
}
