// Takes a message past the checks in their order, each seeing what the one before it left. Knows
// what may become of a message, and no check by name.
import type { Log } from '../../base/log.ts'
import { Refused } from '../../base/refused.ts'
import type { Address } from '../../message/address.ts'
import type { Blobs } from '../../store/blobs.ts'
import type { Arrived } from '../arrived.ts'
import { type Letter, LetterWriter } from '../letter.ts'
import { msSince } from '../outcome.ts'
import type { Client, Recipient, RecipientVerdict, Step } from '../types.ts'
import { type Check, directionOf, type Opinion, plainWords, type Subject } from './check.ts'

export interface CheckPorts {
  readonly blobs: Blobs
  readonly recipient: (client: Client, to: Address) => Promise<RecipientVerdict>
  readonly log: Log
}

const fieldsMaxLength = 16_384

export class Checks {
  readonly #list: readonly Check[]
  readonly #ports: CheckPorts

  constructor(list: readonly Check[], ports: CheckPorts) {
    this.#list = list
    this.#ports = ports
  }

  /**
   * The message as it is to be filed; the same, and at once, when no check minds it.
   * @throws Refused 'filter-refused' | 'filter-deferred' and what a check throws
   */
  inspect(arrived: Arrived): Arrived | Promise<Arrived> {
    for (const [at, check] of this.#list.entries()) {
      const opinion = check.look(this.#subject(arrived))
      if (opinion) return this.#from(at, opinion, arrived)
    }
    return arrived
  }

  async #from(first: number, opinion: Promise<Opinion>, arrived: Arrived): Promise<Arrived> {
    const letters = new Set<Letter>()
    let state = arrived
    try {
      for (const [at, check] of this.#list.slice(first).entries()) {
        const next = at === 0 ? opinion : check.look(this.#subject(state))
        if (next) state = this.#after(state, check, await next)
        letters.add(state.letter)
        if (state.findings?.end === 'discarded') break
      }
      letters.delete(state.letter)
      return state
    } catch (error) {
      // What came is whose it was before: it may be kept though it is refused.
      letters.delete(arrived.letter)
      throw error
    } finally {
      for (const letter of letters) letter.drop()
    }
  }

  #after(state: Arrived, { name }: Check, opinion: Opinion): Arrived {
    const { envelope, findings } = state
    const said = plainWords(`${name}: ${opinion.said}`)
    this.#ports.log.info('checked', { message: envelope.id, check: name, ...told(opinion) })
    if (opinion.is === 'refused' || opinion.is === 'deferred')
      throw new Refused(`filter-${opinion.is}`, said, {
        by: said,
        ...(opinion.reply ? { reply: opinion.reply } : {}),
      })
    const step: Step = { step: 'filtered', ms: msSince(envelope.began), ok: true, said }
    const steps = [...(findings?.steps ?? []), step]
    const before = {
      ...findings,
      fields: findings?.fields ?? '',
      end: findings?.end ?? 'delivered',
    } as const
    if (opinion.is === 'discarded')
      return { ...state, findings: { ...before, steps, end: 'discarded' } }
    const { from, recipients, letter, fields = '', quarantine, origin, junk } = opinion
    return {
      ...state,
      ...(letter ? { letter } : {}),
      envelope: {
        ...envelope,
        ...(from !== undefined ? { from } : {}),
        ...(recipients ? { recipients } : {}),
      },
      findings: {
        ...before,
        ...(origin ? { origin } : {}),
        ...(junk ? { junk } : {}),
        steps,
        fields:
          (fields + before.fields).length > fieldsMaxLength
            ? before.fields
            : fields + before.fields,
        end: quarantine ? 'quarantined' : before.end,
      },
    }
  }

  #subject({ envelope, letter, findings }: Arrived): Subject {
    const { blobs, recipient } = this.#ports
    return {
      envelope,
      direction: directionOf(envelope.client),
      letter,
      findings,
      rewrite: (sizeMaxBytes) => new LetterWriter(blobs, sizeMaxBytes),
      recipient: async (address): Promise<Recipient | undefined> => {
        // Whoever checks our mail may add a recipient anywhere: it is configured to.
        const verdict = await recipient({ ...envelope.client, trusted: true }, address)
        return verdict.is === 'accepted' ? verdict.recipient : undefined
      },
    }
  }
}

function told(opinion: Opinion) {
  const quarantined = opinion.is === 'taken' && opinion.quarantine === true
  return { is: quarantined ? 'quarantined' : opinion.is, said: opinion.said }
}
