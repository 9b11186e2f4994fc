// Argon2id password hashes as text: $argon2id$v=19$m=19456,t=2,p=1$salt$hash, base64 unpadded.

export interface Phc {
  readonly memoryKib: number
  readonly passes: number
  readonly parallelism: number
  readonly salt: Buffer
  readonly hash: Buffer
}

/**
 * What the hash thread is asked: to compare with `phc`, to make SCRAM keys with `scramSalt`
 * (base64), or with neither to make a new hash.
 */
export interface HashTask {
  readonly n: number
  readonly password: string
  readonly phc?: string
  readonly scramSalt?: string
}

export type HashAnswer =
  | { readonly n: number; readonly result: string | boolean }
  | { readonly n: number; readonly failure: string }

const form =
  /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,86})\$([A-Za-z0-9+/]{22,86})$/

export function phcOf(phc: Phc): string {
  const cost = `m=${phc.memoryKib},t=${phc.passes},p=${phc.parallelism}`
  return `$argon2id$v=19$${cost}$${bare(phc.salt)}$${bare(phc.hash)}`
}

/** undefined: not an argon2id hash of ours. */
export function parsePhc(text: string): Phc | undefined {
  const found = form.exec(text)
  if (!found) return undefined
  const [, memory, passes, lanes, salt = '', hash = ''] = found
  return {
    memoryKib: Number(memory),
    passes: Number(passes),
    parallelism: Number(lanes),
    salt: Buffer.from(salt, 'base64'),
    hash: Buffer.from(hash, 'base64'),
  }
}

function bare(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
