// What a stand-alone forwarder tells of a message: added to the card it has, or a card of its own.
import * as v from 'valibot'
import { Refused } from '../../base/refused.ts'
import type { Refusal, Step, Trace } from '../../delivery/types.ts'

const line = (max: number) => v.pipe(v.string(), v.maxLength(max))
const code = v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(599))

const schema = v.object({
  messageId: line(1000),
  sender: line(1000),
  recipients: v.pipe(
    v.array(
      v.object({
        address: line(1000),
        code: v.optional(code),
        status: v.optional(line(20)),
        text: v.optional(line(4000)),
        place: v.optional(line(20)),
      }),
    ),
    v.maxLength(100),
  ),
  subject: line(10_000),
  body: v.optional(v.string(), ''),
  steps: v.pipe(
    v.array(
      v.object({
        step: v.picklist(['socket', 'checked', 'filtered', 'sorted', 'relayed', 'code', 'mailbox']),
        ms: v.pipe(v.number(), v.minValue(0)),
        ok: v.boolean(),
        said: line(4000),
      }),
    ),
    v.maxLength(16),
  ),
  code,
  status: line(20),
  text: line(4000),
})

export type Report = v.InferOutput<typeof schema>

/** @throws Refused `bad-value` for what is no report; its detail says where. */
export function parseReport(body: Buffer): Report {
  const parsed = v.safeParse(schema, parseJson(body))
  if (parsed.success) return parsed.output
  const [issue] = parsed.issues
  throw new Refused('bad-value', `${v.getDotPath(issue) ?? 'report'}: ${issue.message}`)
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    throw new Refused('bad-value', 'no JSON')
  }
}

export interface ReportPorts {
  readonly board: string
  byMessageId(messageId: string): Promise<readonly Trace[]>
  addSteps(id: string, steps: readonly Step[]): Promise<boolean>
  refused(refusal: Refusal): Promise<void>
}

/**
 * Adds the report's steps to the message's card, each once however often it is told. A message that
 * never came here is kept as one that was turned away; its recipients tell if a hop took it.
 */
export async function takeReport(ports: ReportPorts, report: Report, from: string): Promise<void> {
  const traces = report.messageId === '' ? [] : await ports.byMessageId(report.messageId)
  const trace = traces.find(({ board }) => board === ports.board) ?? traces[0]
  if (trace === undefined) return ports.refused(refusalOf(report, ports.board, from))
  const known = new Set(trace.steps.map(({ step, said }) => `${step} ${said}`))
  const fresh = report.steps.filter(({ step, said }) => !known.has(`${step} ${said}`))
  if (fresh.length > 0) await ports.addSteps(trace.id, fresh)
}

function refusalOf(report: Report, board: string, from: string): Refusal {
  const { sender, subject, body, messageId, steps } = report
  return {
    client: {
      session: '',
      protocol: 'gateway',
      address: from,
      port: 0,
      hello: '',
      tls: '',
      login: '',
      trusted: true,
    },
    from: sender,
    recipients: report.recipients.map((recipient) => {
      const { address, code = report.code } = recipient
      const { status = report.status, text = report.text } = recipient
      const taken = code >= 200 && code < 400
      return { address, code, status, text, place: recipient.place || (taken ? 'hop' : '') }
    }),
    subject,
    text: body,
    messageId,
    began: performance.now(),
    steps,
    board,
  }
}
