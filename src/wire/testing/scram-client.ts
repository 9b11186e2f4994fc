// The client's side of SCRAM-SHA-256, for tests: RFC 5802 §3, step by step, and its lies on demand.
import { createHash, createHmac, pbkdf2Sync, randomBytes } from 'node:crypto'

export interface ScramLies {
  /** "n", "y", or "p=TYPE". */
  readonly flag?: string
  readonly binding?: Buffer
  readonly nonce?: string
  readonly actAs?: string
  /** Put in place of the nonce in the last message. */
  readonly finalNonce?: string
}

export interface ScramClient {
  readonly first: string
  /** The last message, for the server's first one. */
  final(serverFirst: string): string
  /** Whether the server knew the keys. */
  believes(serverFinal: string): boolean
}

export function scramClient(name: string, password: string, lies: ScramLies = {}): ScramClient {
  const { flag = 'n', binding = Buffer.alloc(0), actAs = '' } = lies
  const nonce = lies.nonce ?? randomBytes(18).toString('base64')
  const gs2 = `${flag},${actAs === '' ? '' : `a=${actAs}`},`
  const bare = `n=${name},r=${nonce}`
  let signature = ''
  const final = (serverFirst: string): string => {
    const said = new Map(serverFirst.split(',').map((part) => [part[0], part.slice(2)]))
    const salt = Buffer.from(said.get('s') ?? '', 'base64')
    const salted = pbkdf2Sync(password, salt, Number(said.get('i')), 32, 'sha256')
    const bound = Buffer.concat([Buffer.from(gs2), binding]).toString('base64')
    const withoutProof = `c=${bound},r=${lies.finalNonce ?? said.get('r')}`
    const all = `${bare},${serverFirst},${withoutProof}`
    const clientKey = hmac(salted, 'Client Key')
    const mask = hmac(createHash('sha256').update(clientKey).digest(), all)
    const proof = clientKey.map((byte, n) => byte ^ mask[n]!)
    signature = hmac(hmac(salted, 'Server Key'), all).toString('base64')
    return `${withoutProof},p=${Buffer.from(proof).toString('base64')}`
  }
  return { first: gs2 + bare, final, believes: (serverFinal) => serverFinal === `v=${signature}` }
}

function hmac(key: Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest()
}
