// What the owner of a server is told when something cannot be done: unlike a stranger, the details.
import { type RefusalCode, Refused } from '../../base/refused.ts'
import { json, refusalAnswer } from '../../wire/http-answer.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'

/** A refusal as a sentence for a person. */
export function refusalText(refused: Refused): string {
  const detail = refused.message.slice(refused.code.length + 2)
  const sentence = sentences[refused.code]
  return sentence && detail !== '' ? sentence(detail) : detail || refused.code.replaceAll('-', ' ')
}

const sentences: Partial<Record<RefusalCode, (detail: string) => string>> = {
  'not-found': (detail) => `there is no ${detail}`,
  exists: (detail) => `${detail} is there already`,
  busy: (detail) => `busy (${detail}): try again`,
}

/** A route whose refusals are told with their reasons: `{"error": code, "text": sentence}`. */
export function told(
  method: Route['method'],
  path: string,
  run: (request: HttpRequest) => Promise<HttpAnswer>,
): Route {
  return {
    method,
    path,
    run: async (request) => {
      try {
        return await run(request)
      } catch (error) {
        const status = refusalAnswer(error)?.status
        if (!(error instanceof Refused) || status === undefined) throw error
        return json(status, { error: error.code, text: refusalText(error) })
      }
    },
  }
}
