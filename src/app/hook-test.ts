// Tries a file of hooks as a server would run it, on the same kind of thread and with its time
// limit, with events that are made up.
import { resolve } from 'node:path'
import { silentLog } from '../base/log.ts'
import { hookStages } from '../delivery/hooks/calls.ts'
import { messageEvent } from '../delivery/hooks/hook-filter.ts'
import { HookWorker } from '../delivery/hooks/hook-worker.ts'
import type { HookAnswer, HookClient, HookStage } from '../delivery/hooks/types.ts'

/** A question; what its event does not say is made up. */
export interface HookTry {
  readonly stage: HookStage
  readonly event: Readonly<Record<string, unknown>>
}

export interface HookTried {
  readonly stage: HookStage
  /** In the order in which they were given; none: no opinion. */
  readonly answers: readonly HookAnswer[]
  /** Why there is no answer, or "". */
  readonly failure: string
  readonly ms: number
}

export interface HookTest {
  readonly file: string
  /** Asked in this order; none given: one of each kind that the file has. */
  readonly tries: readonly HookTry[]
  /** What the message hook is shown, or "" for a small one. */
  readonly message: string | Buffer
  readonly timeoutMs: number
}

const client: HookClient = {
  ...{ session: 'test', protocol: 'smtp', address: '192.0.2.1', port: 4711 },
  ...{ hello: 'mail.example.net', tls: 'TLSv1.3', login: '', trusted: false },
}
const letter = 'From: ana@example.net\r\nTo: tito@example.com\r\nSubject: A test\r\n\r\nHello\r\n'

/** @throws Error in a person's words when the file cannot be loaded. */
export async function testHook({ file, tries, message, timeoutMs }: HookTest) {
  const files = [resolve(file)]
  const worker = await HookWorker.open({ files, timeoutMs: () => timeoutMs, log: silentLog })
  const tried: HookTried[] = []
  try {
    const all: HookTry[] = hookStages
      .filter((stage) => worker.has(stage))
      .map((stage) => ({ stage, event: {} }))
    for (const { stage, event } of tries.length > 0 ? tries : all) {
      const sample = sampleOf(stage, Buffer.from(message || letter))
      const who = { ...client, ...(event.client ?? {}) }
      tried.push(await tryOne(worker, stage, { ...sample, ...event, client: who }))
    }
  } finally {
    await worker.close()
  }
  return tried
}

async function tryOne(worker: HookWorker, stage: HookStage, event: object): Promise<HookTried> {
  const began = performance.now()
  const ms = () => Math.round((performance.now() - began) * 10) / 10
  try {
    const words = await worker.ask(stage, event)
    return { stage, answers: words.map(({ answer }) => answer), failure: '', ms: ms() }
  } catch (error) {
    return { stage, answers: [], failure: (error as Error).message, ms: ms() }
  }
}

function sampleOf(stage: HookStage, bytes: Buffer): object {
  const sender = 'ana@example.net'
  if (stage === 'mail') return { id: 'm1', sender }
  if (stage === 'rcpt') return { id: 'm1', recipient: 'tito@example.com' }
  if (stage !== 'message') return {}
  const tito = { local: 'tito', domain: 'example.com' }
  return messageEvent({
    direction: 'in',
    letter: { head: bytes.subarray(0, 1024 * 1024), size: bytes.length },
    envelope: {
      id: 'm1',
      client: { ...client, protocol: 'smtp' },
      from: { local: 'ana', domain: 'example.net' },
      recipients: [{ address: tito, place: { kind: 'nowhere' } }],
      began: 0,
      smtpUtf8: false,
    },
  })
}
