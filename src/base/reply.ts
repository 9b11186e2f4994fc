// The reply triple of mail: RFC 5321 §4.2 code, RFC 3463 §2 enhanced status, and text.

export interface Reply {
  /** 200 to 599. */
  readonly code: number
  /** "2.1.5", or "" where the reply carries none (RFC 2034 §4: greetings, HELO, 354). */
  readonly status: string
  readonly text: string
}

/** "550 5.1.1 No such user here" */
export function replyLine(reply: Reply): string {
  return `${reply.code} ${reply.status}${reply.status === '' ? '' : ' '}${reply.text}`
}
