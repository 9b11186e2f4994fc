// The routes to the queue: pages of it, and orders about what a filter means.
import * as v from 'valibot'
import { Refused } from '../../base/refused.ts'
import type { Traces } from '../../delivery/traces.ts'
import type { QueueBook } from '../../queue/book.ts'
import { json } from '../../wire/http-answer.ts'
import type { Route } from '../../wire/http-types.ts'
import { read } from './input.ts'
import { told } from './replies.ts'

const limitMax = 1_000
const states = ['waiting', 'held', 'active'] as const

const order = v.strictObject({
  order: v.picklist(['retry', 'hold', 'release', 'cancel']),
  id: v.optional(v.string(), ''),
  sender: v.optional(v.string(), ''),
  destination: v.optional(v.string(), ''),
  state: v.optional(v.string(), ''),
  /** Without any filter an order is for all only when it says so. */
  all: v.optional(v.boolean(), false),
})

export function queueRoutes(queue: QueueBook, traces: Traces): readonly Route[] {
  return [
    told('GET', '/queue', async ({ query }) => {
      const limit = Number(query.get('limit') ?? 100)
      if (!Number.isInteger(limit) || limit < 1 || limit > limitMax)
        throw new Refused('bad-value', `limit is a whole number from 1 to ${limitMax}`)
      const filter = filterOf((name) => query.get(name) ?? '')
      const page = await queue.page(filter, { after: query.get('after') ?? '', limit })
      return json(200, page)
    }),
    told('GET', '/queue/*', async ({ path }) => {
      const id = path.slice('/queue/'.length)
      const { entries } = await queue.page({ id }, { after: '', limit: limitMax })
      const [first] = entries
      if (!first) throw new Refused('not-found', `${id} in the queue`)
      const trace = await traces.get(first.message)
      return json(200, { entries, trace, text: trace ? await traces.text(trace) : '' })
    }),
    told('POST', '/queue', async (request) => {
      const { order: what, all, ...said } = await read(order, request)
      const filter = filterOf((name) => said[name])
      if (Object.keys(filter).length === 0 && !all)
        throw new Refused('bad-value', 'an order says what it is for: an id, a filter, or all')
      return json(200, { rows: await queue.order(what, filter) })
    }),
  ]
}

function filterOf(said: (name: 'id' | 'sender' | 'destination' | 'state') => string) {
  const [id, sender, destination] = [said('id'), said('sender'), said('destination')]
  const state = states.find((one) => one === said('state'))
  if (said('state') !== '' && !state)
    throw new Refused('bad-value', `state is one of ${states.join(', ')}`)
  return {
    ...(id === '' ? {} : { id }),
    ...(sender === '' ? {} : { sender: sender === '<>' ? '' : sender }),
    ...(destination === '' ? {} : { destination: destination.toLowerCase() }),
    ...(state ? { state } : {}),
  }
}
