// The schema of trust: the keys that we sign with.
import type { Migration } from '../store/engine.ts'

export const migrations: readonly Migration[] = [
  {
    name: '0001-trust',
    statements: [
      // `private_key` is PKCS #8, and "" once it signs no more.
      `create table dkim_keys (
        domain {id} not null,
        selector {id} not null,
        algorithm text not null,
        private_key text not null,
        public_key text not null,
        state text not null,
        made_at {int} not null,
        primary key (domain, selector)
      )`,
    ],
  },
]
