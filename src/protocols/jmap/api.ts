// One API request (RFC 8620 §3.3): its calls run one after the other, each with what those before
// it told. Knows no method: it is given their table.
import { performance } from 'node:perf_hooks'
import { Args, isObject, type Json } from './args.ts'
import { type Answer, Call, type Method, type Rooms } from './call.ts'
import { methodErrorOf } from './errors.ts'
import { limits } from './limits.ts'
import type { Asker } from './ports.ts'
import { resolveReferences, type Told } from './references.ts'

export interface JmapRequest {
  readonly using: readonly string[]
  readonly methodCalls: readonly (readonly [name: string, args: Json, id: string])[]
  readonly createdIds: Readonly<Record<string, string>> | undefined
}

/** What is wrong with a request as a whole. */
export interface RequestProblem {
  readonly type: 'notRequest' | 'unknownCapability' | 'limit' | 'notJSON'
  readonly detail?: string
  readonly limit?: string
}

export function readRequest(
  value: unknown,
  known: readonly string[],
): JmapRequest | RequestProblem {
  const bad = (detail: string): RequestProblem => ({ type: 'notRequest', detail })
  if (!isObject(value)) return bad('a request is an object')
  const { using, methodCalls, createdIds } = value
  if (!Array.isArray(using) || !using.every((each) => typeof each === 'string'))
    return bad('using is a list of capabilities')
  if (!Array.isArray(methodCalls) || !methodCalls.every(isCall))
    return bad('methodCalls is a list of [name, arguments, id]')
  const ids = createdIds ?? undefined
  if (ids !== undefined && !(isObject(ids) && Object.values(ids).every(isString)))
    return bad('createdIds is a map of ids')
  const unknown = using.find((each) => !known.includes(each))
  if (unknown !== undefined)
    return { type: 'unknownCapability', detail: String(unknown).slice(0, 200) }
  if (methodCalls.length > limits.maxCallsInRequest)
    return { type: 'limit', limit: 'maxCallsInRequest' }
  return { using, methodCalls, createdIds: ids as JmapRequest['createdIds'] }
}

function isString(value: unknown): value is string {
  return typeof value === 'string'
}

function isCall(value: unknown): boolean {
  if (!Array.isArray(value) || value.length !== 3) return false
  return isString(value[0]) && isObject(value[1]) && isString(value[2])
}

export class Api {
  readonly #rooms: Rooms
  readonly #methods: ReadonlyMap<string, Method>

  constructor(rooms: Rooms, methods: readonly Method[]) {
    this.#rooms = rooms
    this.#methods = new Map(methods.map((method) => [method.name, method]))
  }

  get methodNames(): readonly string[] {
    return [...this.#methods.keys()]
  }

  /** The whole response. Never rejects for what a client did. */
  async run(request: JmapRequest, asker: Asker, sessionState: string): Promise<object> {
    const created = new Map(Object.entries(request.createdIds ?? {}))
    const call = new Call(this.#rooms, asker, created)
    const told: Told[] = []
    for (const [name, args, id] of request.methodCalls)
      for (const answer of await this.#one([name, args], { call, told, using: request.using }))
        told.push({ answer, id })
    return {
      methodResponses: told.map(({ answer, id }) => [...answer, id]),
      ...(request.createdIds ? { createdIds: Object.fromEntries(created) } : {}),
      sessionState,
    }
  }

  async #one(
    [name, given]: readonly [string, Json],
    around: { call: Call; told: readonly Told[]; using: readonly string[] },
  ): Promise<readonly Answer[]> {
    const { call, told, using } = around
    const method = this.#methods.get(name)
    if (!method || !using.includes(method.capability)) return [['error', { type: 'unknownMethod' }]]
    const began = performance.now()
    try {
      const args = new Args(resolveReferences(given, told))
      const response = await method.run(args, call)
      return isAnswers(response) ? response : [[name, response]]
    } catch (error) {
      const known = methodErrorOf(error)
      if (known) return [['error', known]]
      const id = this.#rooms.ids.next()
      this.#rooms.log.error('jmap method failed', { id, name, error })
      return [['error', { type: 'serverFail', description: id }]]
    } finally {
      this.#rooms.log.debug('jmap method', { name, ms: performance.now() - began })
    }
  }
}

function isAnswers(response: object | readonly Answer[]): response is readonly Answer[] {
  return Array.isArray(response)
}
