// A house whose mail passes filters that speak the milter protocol, for tests.
import type { TestContext } from 'node:test'
import { silentLog } from '../../../base/log.ts'
import { accountId, bytesIn, openHouse, send } from '../../../delivery/testing/house.ts'
import { type MilterSettings, Milters } from '../milter.ts'
import { goOn, openPeer, type PeerOptions, type Script } from './peer.ts'

export const head = 'Subject: a\r\nX-Two:one\r\n  folded\r\nX-Two:  two\r\n'
export const body = '\r\nfirst\r\n.second\r\n'
export const letter = head + body

export async function house(
  t: TestContext,
  sockets: readonly string[],
  changed: Partial<MilterSettings> = {},
) {
  const settings: MilterSettings = {
    sockets,
    directions: ['in', 'out', 'gateway'],
    onFailure: 'tempfail',
    connectTimeoutMs: 5_000,
    timeoutMs: 5_000,
    ...changed,
  }
  const serverName = 'mx.example.com'
  const milters = new Milters({ serverName, settings: () => settings, log: silentLog })
  const opened = await openHouse(t, { checks: [milters] })
  t.after(() => opened.close())
  const inbox = async (name = 'iqbal') =>
    (await bytesIn(opened, await accountId(opened, `${name}@example.com`))).map(({ body }) =>
      body.toString('latin1'),
    )
  return {
    ...opened,
    milters,
    inbox,
    send: (text: string | Buffer = letter, to = ['iqbal']) => send(opened, to, text),
  }
}

export async function withPeer(t: TestContext, script: Script = goOn, options: PeerOptions = {}) {
  const peer = await openPeer(t, script, options)
  return { peer, ...(await house(t, [peer.socket])) }
}

/** Answers "go on", and at the end of the text what is given before the last word. */
export function atEnd(...changes: ReturnType<Script>): Script {
  return (said) => (said === 'E' ? [...changes, ['c']] : [['c']])
}
