// The schema of trust: the keys that we sign with, and reports on mail, ours and those of others.
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
  {
    name: '0007-trust-reports',
    statements: [
      // `day` counts from 1970 in UTC; `domain` is whom the report is for.
      `create table report_counts (
        kind {id} not null,
        day {int} not null,
        domain {id} not null,
        detail {id} not null,
        facts text not null,
        n {int} not null,
        primary key (kind, day, domain, detail)
      )`,
      // Until then somebody is at it; `sent_at` is 0 before it is over.
      `create table report_sends (
        kind {id} not null,
        day {int} not null,
        domain {id} not null,
        until {int} not null,
        sent_at {int} not null,
        said text not null,
        primary key (kind, day, domain)
      )`,
      `create table report_received (
        id {id} not null primary key,
        kind {id} not null,
        domain {id} not null,
        at {int} not null,
        facts text not null,
        details text not null
      )`,
      'create index report_received_at on report_received (at)',
    ],
  },
]
