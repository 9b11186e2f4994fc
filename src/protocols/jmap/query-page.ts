// The window of a /query that a client wants (RFC 8620 §5.5), and what a /queryChanges tells.
import type { Args } from './args.ts'
import { MethodError } from './errors.ts'

export interface Page {
  readonly position: number
  readonly ids: readonly string[]
}

export const queryLimitMax = 5_000

/** How many of the first ids are enough to answer. */
export function enoughFor(args: Args): number {
  const position = args.int('position') ?? 0
  if (args.has('anchor') || args.boolean('calculateTotal') || position < 0)
    return Number.POSITIVE_INFINITY
  return position + Math.min(args.uint('limit') ?? queryLimitMax, queryLimitMax)
}

/** The window on ids that are all known. @throws MethodError 'anchorNotFound' */
export function pageOf(args: Args, all: readonly string[]): Page {
  const limit = Math.min(args.uint('limit') ?? queryLimitMax, queryLimitMax)
  const position = positionOf(args, all)
  return { position, ids: all.slice(position, position + limit) }
}

function positionOf(args: Args, all: readonly string[]): number {
  const offset = args.int('anchorOffset') ?? 0
  if (args.has('anchor')) {
    const at = all.indexOf(args.string('anchor'))
    if (at < 0) throw new MethodError('anchorNotFound')
    return Math.max(0, at + offset)
  }
  const position = args.int('position') ?? 0
  if (position >= 0) return position
  return Math.max(0, all.length + position)
}

/** A /query response. */
export function queryResponse(
  args: Args,
  all: readonly string[],
  told: { readonly accountId: string; readonly queryState: string; readonly canCalculate: boolean },
): object {
  const { accountId, queryState, canCalculate } = told
  const { position, ids } = pageOf(args, all)
  const asked = args.uint('limit')
  return {
    ...{ accountId, queryState, canCalculateChanges: canCalculate, position, ids },
    ...(args.boolean('calculateTotal') ? { total: all.length } : {}),
    ...(asked === undefined || asked > queryLimitMax ? { limit: queryLimitMax } : {}),
  }
}

/**
 * A /queryChanges response: whatever was touched is told as removed, and again as added where it
 * is in the results. @throws MethodError 'tooManyChanges'
 */
export function queryChangesResponse(
  args: Args,
  all: readonly string[],
  told: {
    readonly accountId: string
    readonly newQueryState: string
    readonly touched: ReadonlySet<string>
    readonly fresh: ReadonlySet<string>
  },
): object {
  const { accountId, newQueryState, touched, fresh } = told
  const upTo = args.has('upToId') ? all.indexOf(args.string('upToId')) : -1
  const added = all.flatMap((id, index) => {
    const told = touched.has(id) && (upTo < 0 || index <= upTo)
    return told ? [{ id, index }] : []
  })
  const removed = [...touched].filter((id) => !fresh.has(id))
  const max = args.uint('maxChanges')
  if (max !== undefined && added.length + removed.length > max)
    throw new MethodError('tooManyChanges')
  return {
    ...{ accountId, oldQueryState: args.string('sinceQueryState'), newQueryState },
    ...(args.boolean('calculateTotal') ? { total: all.length } : {}),
    ...{ removed, added },
  }
}
