// The shapes of what the admin routes are told, and their errors in words.
import * as v from 'valibot'
import { Refused } from '../../base/refused.ts'
import type { HttpRequest } from '../../wire/http-types.ts'

const bodyMaxBytes = 65_536

function text(lengthMax: number) {
  return v.pipe(
    v.string('must be a text'),
    v.check((value) => [...value].length <= lengthMax, `must have at most ${lengthMax} characters`),
    v.check((value) => !/\p{Cc}/u.test(value), 'must have no control characters'),
  )
}

function count() {
  const wrong = 'must be a whole number, 0 for no limit'
  return v.pipe(v.number(wrong), v.safeInteger(wrong), v.minValue(0, wrong))
}

const address = text(320)
const addresses = v.array(address, 'must be a list of texts')
const password = v.string('must be a text')

export const newDomain = v.strictObject({ name: text(253) })

export const newUser = v.strictObject({
  address,
  password,
  name: v.optional(text(200), ''),
  quotaBytes: v.optional(count(), 0),
  quotaMessages: v.optional(count(), 0),
})

/** What is not given stays as it is. */
export const changedUser = v.strictObject({
  password: v.optional(password),
  quotaBytes: v.optional(count()),
  quotaMessages: v.optional(count()),
  disabled: v.optional(v.boolean('must be true or false')),
  admin: v.optional(v.boolean('must be true or false')),
  /** Turned off for who lost it; on, its owner turns it. */
  twoFactor: v.optional(v.literal(false, 'can only be turned off')),
})

export const keyUse = v.strictObject({ unseen: v.boolean('must be true or false') })

export const newAlias = v.strictObject({ address, targets: addresses })

export const newAppPassword = v.strictObject({ label: text(100) })

/** A script has line ends, and may be larger than all else. */
export const newScript = v.strictObject({ name: text(128), content: v.string('must be a text') })
export const scriptBodyMaxBytes = 2_097_152

/** "" for none. */
export const chosenScript = v.strictObject({ active: text(128) })

export const newToken = v.strictObject({
  name: text(100),
  senders: v.optional(addresses, []),
  recipients: v.optional(addresses, []),
  perMinute: v.optional(count(), 0),
})

/** As typed; the setting's own kind judges it. */
export const newValue = v.strictObject({ value: text(32_768) })

type Shape = v.GenericSchema

/** The body as this shape. @throws Refused 'bad-value' naming the field. */
export async function read<const S extends Shape>(
  shape: S,
  request: HttpRequest,
  maxBytes = bodyMaxBytes,
): Promise<v.InferOutput<S>> {
  const result = v.safeParse(shape, parsed(await request.body(maxBytes)))
  if (result.success) return result.output
  const [issue] = result.issues
  const field = v.getDotPath(issue)
  throw new Refused('bad-value', field === null ? 'a JSON object is wanted' : wrong(field, issue))
}

function wrong(field: string, issue: v.BaseIssue<unknown>): string {
  if (issue.type !== 'strict_object') return `${field} ${issue.message}`
  return issue.expected === 'never' ? `there is no field ${field}` : `${field} is missing`
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString())
  } catch {
    return undefined
  }
}
