// What the access log is told of an object that the gateway answered.
import { resultOf, type Transaction } from '../../base/access.ts'
import { formatAddress } from '../../message/address.ts'
import type { Submission } from './grammar.ts'
import type { Caller } from './permission.ts'
import type { Answer } from './replies.ts'

/** What came, as far as it could be understood. */
export interface Heard {
  readonly size: number
  submission?: Submission
  messageId?: string
}

export function transactionOf(
  { session, protocol, address, port, tls }: Caller,
  { size, submission, messageId = '' }: Heard,
  answer: Answer,
  ms: number,
): Transaction {
  const { id, code, status } = answer
  const said = answer.recipients.map(({ address, code, status }) => ({ address, code, status }))
  const meant = submission?.recipients ?? []
  const to = meant.map((one) => ({ address: formatAddress(one), code, status }))
  return {
    speaker: { session, protocol, address, port, tls, hello: '', account: '' },
    id,
    from: submission ? formatAddress(submission.sender) : '',
    to: said.length > 0 ? said : to,
    messageId,
    size,
    result: resultOf(code),
    code,
    status,
    ms,
    delivered: said.filter((one) => one.code < 300).length,
  }
}
