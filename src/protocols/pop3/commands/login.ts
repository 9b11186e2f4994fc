// How a session gets its maildrop: USER and PASS (RFC 1939 §7), AUTH (RFC 5034 §4) and STLS
// (RFC 2595 §4).
import type { Login } from '../../../accounts/logins.ts'
import { loopback, Networks } from '../../../base/networks.ts'
import { Refused } from '../../../base/refused.ts'
import type { Connection } from '../../../wire/connection.ts'
import type { Client, Turn } from '../../../wire/protocol.ts'
import { type Claim, exchange, type Mechanism, mechanisms } from '../../../wire/sasl.ts'
import { authArgument, nothing, text } from '../grammar.ts'
import { OpenDrop } from '../open-drop.ts'
import { refusals, replies } from '../replies.ts'
import { type Phase, type Pop3Ports, type Pop3Reply, start, word } from '../session.ts'

/** After so many wrong passwords in one session the client is shown out. */
const failuresMax = 3

type Open = Extract<Phase, { in: 'open' }>
type Outcome = Turn<Phase, Pop3Reply>

const ownMachine = new Networks(loopback)

/** RFC 8314 §3.3: passwords are not to be overheard. */
export function mayLogIn(connection: Connection): boolean {
  return connection.tls !== '' || ownMachine.has(connection.address)
}

export const user = word({
  name: 'USER',
  when: ['open'],
  parse: text,
  run: (phase, name, _, { connection }) => {
    if (!mayLogIn(connection)) throw new Refused('needs-tls')
    // Whether there is such a user is not told.
    return { reply: replies.userOk, phase: { ...phase, user: name } }
  },
})

export const pass = word({
  name: 'PASS',
  when: ['open'],
  parse: text,
  run: (phase, password, ports, client) => {
    if (!mayLogIn(client.connection)) throw new Refused('needs-tls')
    if (phase.user === '') return { reply: replies.needUser, blame: true }
    return enter(phase, { name: phase.user, password }, ports, client)
  },
})

export const auth = word({
  name: 'AUTH',
  when: ['open'],
  parse: authArgument,
  run: async (phase, { mechanism, initial }, ports, client) => {
    const allowed = mayLogIn(client.connection)
    if (mechanism === '') {
      for (const line of [replies.mechanisms, ...(allowed ? mechanisms : []), '.'])
        client.connection.say(`${line}\r\n`)
      return {}
    }
    if (!allowed) throw new Refused('needs-tls')
    if (!isMechanism(mechanism)) return { reply: replies.authUnknown, blame: true }
    const claim = await exchange(mechanism, initial, (challenge) => client.ask(`+ ${challenge}`))
    if (claim === 'cancelled') return { reply: replies.authCancelled }
    if (claim === 'malformed') return { reply: replies.authMalformed, blame: true }
    return enter(phase, claim, ports, client)
  },
})

export const stls = word({
  name: 'STLS',
  when: ['open'],
  parse: nothing,
  run: (_phase, _args, _ports, { connection }) => {
    if (connection.tls !== '') return { reply: replies.tlsAlready, blame: true }
    // RFC 2595 §4: nothing said before counts.
    return { reply: replies.tlsReady, phase: start, next: 'starttls' }
  },
})

function isMechanism(name: string): name is Mechanism {
  return (mechanisms as readonly string[]).includes(name)
}

async function enter(
  phase: Open,
  { name, password }: Claim,
  ports: Pop3Ports,
  { connection }: Client,
): Promise<Outcome> {
  const { id: session, address } = connection
  const login = await ports.login(name, password, { session, address, protocol: 'pop3' })
  if (login) return open(phase, login, ports, connection)
  const failures = phase.failures + 1
  if (failures >= failuresMax) return { reply: replies.authTooOften, next: 'close' }
  const reply = refusals['wrong-credentials']
  return { reply, phase: { in: 'open', user: '', failures }, blame: true }
}

/** The maildrop of who has proved to be its owner. */
async function open(
  phase: Open,
  { account }: Login,
  { options, inUse, maildrops }: Pop3Ports,
  connection: Connection,
): Promise<Outcome> {
  const again: Phase = { ...phase, user: '' }
  if (options.exclusive && !inUse.enter(account)) return { reply: replies.inUse, phase: again }
  const release = options.exclusive ? once(() => inUse.leave(account)) : () => {}
  try {
    const drop = inUse.mayLogIn(account, options.loginDelayMs)
      ? await maildrops.open(account)
      : 'too soon'
    if (drop === 'too soon') {
      release()
      return { reply: replies.loginDelay, phase: again }
    }
    if (!drop) throw new Refused('not-found', `INBOX of ${account}`)
    const opened = new OpenDrop(maildrops, drop, release)
    void connection.gone.then(() => opened.release())
    const reply = `+OK ${opened.count} messages (${opened.bytes} octets)`
    return { reply, phase: { in: 'drop', drop: opened } }
  } catch (error) {
    release()
    throw error
  }
}

/** `work` at most once: another session may have come in meanwhile. */
function once(work: () => void): () => void {
  let done = false
  return () => {
    if (!done) work()
    done = true
  }
}
