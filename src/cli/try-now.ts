// Runs a whole mail system on loopback, and says a line for each message that moves through it.
import { failureText } from '../app/failure.ts'
import { openLog } from '../app/log.ts'
import { newTraces } from '../app/new-traces.ts'
import type { Rooms } from '../app/rooms.ts'
import { type Started, start } from '../app/start.ts'
import {
  addUsers,
  portOffsetMax,
  type TryUser,
  tryDomains,
  tryOut,
  tryPassword,
  tryUsers,
} from '../app/try.ts'
import { openInternet, type Unpublished } from '../app/try-internet/internet.ts'
import { Failed, Misused } from './command.ts'
import { movingLine } from './moving.ts'
import { wholeNumber } from './numbers.ts'
import { printLine } from './print.ts'
import { bannerOf } from './try-banner.ts'
import { dieLoudly, firstSignal, untilStopped } from './until-stopped.ts'

const graceMs = 2_000

/** As typed. */
export interface TryGiven {
  readonly data: string | undefined
  readonly portOffset: string | undefined
  readonly domains: readonly string[] | undefined
  /** "tito", "tito:secret" */
  readonly users: readonly string[] | undefined
  /** "spf", "dkim" or "dmarc" */
  readonly without: readonly string[] | undefined
}

/** Resolves with the exit status when it was stopped. @throws Misused, Failed */
export async function tryNow(given: TryGiven): Promise<number> {
  const { data, portOffset: offset, domains = tryDomains } = given
  const portOffset =
    offset === undefined ? undefined : wholeNumber('--port-offset', offset, [0, portOffsetMax])
  const users = given.users?.map(userOf) ?? tryUsers
  const without = given.without?.map(recordOf) ?? []
  const asked = firstSignal(['SIGINT', 'SIGTERM', 'SIGHUP'])
  const { settings, cleanUp } = tryOut({ data, portOffset, domains })
  process.on('exit', cleanUp)
  const { log, flush, setLevel } = openLog(settings.log.level, settings.log.file)
  dieLoudly(log, flush)
  const internet = await openInternet({ serverName: settings.server.name, domains, without })
  try {
    const prepare = async (rooms: Rooms) => {
      await addUsers({ rooms, settings }, users)
      await internet.publish(rooms.keys)
    }
    const { dns, courier, has } = internet
    const outside = { dns, courier, leads: has }
    const given = {
      settings,
      log,
      setLogLevel: setLevel,
      foreign: 'sink',
      prepare,
      outside,
    } as const
    const started = await start(given)
    const mx = started.listeners.find(({ name }) => name === 'smtp')
    if (mx) internet.answerTo(mx.port)
    await untilStopped({ started, asked, log, graceMs }, async (signal) => {
      printLine(bannerOf(started, users))
      void showMoving(started, signal)
    })
    printLine('stopped')
  } catch (error) {
    throw new Failed(whyNot(error))
  } finally {
    await internet.close()
    flush()
  }
  return 0
}

/** @throws Misused */
function userOf(given: string): TryUser {
  const colon = given.indexOf(':')
  const name = colon < 0 ? given : given.slice(0, colon)
  const password = colon < 0 ? tryPassword : given.slice(colon + 1)
  if (name !== '' && password !== '') return { name, password }
  throw new Misused(`--user is NAME or NAME:PASSWORD, not "${given}"`)
}

/** @throws Misused */
function recordOf(given: string): Unpublished {
  if (given === 'spf' || given === 'dkim' || given === 'dmarc') return given
  throw new Misused(`--without is spf, dkim or dmarc, not "${given}"`)
}

async function showMoving({ rooms }: Started, signal: AbortSignal): Promise<void> {
  if (!rooms) return
  for await (const trace of newTraces(rooms.traces.live, signal))
    printLine(typeof trace === 'symbol' ? '… some lines were left out' : movingLine(trace))
}

function whyNot(error: unknown): string {
  const text = failureText(error)
  if (text === undefined) throw error
  if (text.includes('is in use')) return `${text} with --port-offset N`
  return text.startsWith('there is no domain') ? `${text}: name it with --domain` : text
}
