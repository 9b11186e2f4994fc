// The thread that does argon2id and PBKDF2, one at a time. Knows neither accounts nor who asks.
import { argon2Sync, randomBytes, timingSafeEqual } from 'node:crypto'
import { parentPort } from 'node:worker_threads'
import { type HashAnswer, type HashTask, parsePhc, phcOf } from './phc.ts'
import { deriveScram } from './scram-keys.ts'

// OWASP's first choice for argon2id where memory counts: 19 MiB, two passes, one lane.
const cost = { memoryKib: 19_456, passes: 2, parallelism: 1 }
const saltBytes = 16
const hashBytes = 32

parentPort?.on('message', (task: HashTask) => {
  let answer: HashAnswer
  try {
    answer = { n: task.n, result: work(task) }
  } catch (error) {
    answer = { n: task.n, failure: String(error) }
  }
  parentPort?.postMessage(answer)
})

function work(task: HashTask): string | boolean {
  if (task.phc !== undefined) return verify(task.password, task.phc)
  if (task.scramSalt !== undefined)
    return deriveScram(task.password, Buffer.from(task.scramSalt, 'base64'))
  const salt = randomBytes(saltBytes)
  const hash = argon2Sync('argon2id', {
    message: task.password,
    nonce: salt,
    parallelism: cost.parallelism,
    memory: cost.memoryKib,
    passes: cost.passes,
    tagLength: hashBytes,
  })
  return phcOf({ ...cost, salt, hash })
}

/** With no `phc` to compare to ("") the same work is done, and the answer is no. */
function verify(password: string, phc: string): boolean {
  const stored = parsePhc(phc) ?? {
    ...cost,
    salt: randomBytes(saltBytes),
    hash: randomBytes(hashBytes),
  }
  const hash = argon2Sync('argon2id', {
    message: password,
    nonce: stored.salt,
    parallelism: stored.parallelism,
    memory: stored.memoryKib,
    passes: stored.passes,
    tagLength: stored.hash.length,
  })
  return timingSafeEqual(hash, stored.hash)
}
