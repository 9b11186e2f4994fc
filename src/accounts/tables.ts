// The schema of the directory: domains, accounts and their passwords, aliases, gateway tokens.
import type { Migration } from '../store/engine.ts'

export const migrations: readonly Migration[] = [
  {
    name: '0001-accounts',
    statements: [
      // The default domain is the one with the lowest rank.
      `create table domains (
        name {id} not null primary key,
        rank {int} not null,
        added_at {int} not null
      )`,
      `create table accounts (
        id {id} not null primary key,
        local {id} not null,
        domain {id} not null,
        name text not null,
        password text not null,
        disabled {int} not null,
        created_at {int} not null
      )`,
      'create unique index accounts_address on accounts (domain, local)',
      // One row for each target; the local part "*" catches what nobody else in the domain takes.
      `create table aliases (
        domain {id} not null,
        local {id} not null,
        target {id} not null,
        primary key (domain, local, target)
      )`,
      `create table tokens (
        id {id} not null primary key,
        hash {id} not null,
        name text not null,
        senders text not null,
        recipients text not null,
        per_minute {int} not null,
        created_at {int} not null
      )`,
      'create unique index tokens_hash on tokens (hash)',
    ],
  },
  {
    name: '0002-logins',
    statements: [
      // SCRAM keys as text; "" where there are none yet.
      "alter table accounts add column scram text not null default ''",
      `create table app_passwords (
        id {id} not null primary key,
        account {id} not null,
        hash {id} not null,
        scram text not null,
        label text not null,
        created_at {int} not null,
        used_at {int} not null
      )`,
      'create index app_passwords_account on app_passwords (account)',
      // What one installation knows and nobody else, whichever process needs it first.
      `create table secrets (
        name {id} not null primary key,
        value {bytes} not null
      )`,
    ],
  },
  {
    name: '0005-accounts-people',
    statements: [
      // What people keep beside mail, by kind: objects in JSON, and when each was changed.
      `create table records (
        account {id} not null,
        kind {id} not null,
        id {id} not null,
        data text not null,
        created {int} not null,
        changed {int} not null,
        primary key (account, kind, id)
      )`,
      'create index records_kind on records (kind)',
      // A kind's state; what changed up to its horizon is forgotten.
      `create table record_kinds (
        account {id} not null,
        kind {id} not null,
        state {int} not null,
        horizon {int} not null,
        primary key (account, kind)
      ) {clustered}`,
      `create table records_gone (
        account {id} not null,
        kind {id} not null,
        state {int} not null,
        id {id} not null,
        created {int} not null,
        primary key (account, kind, state, id)
      ) {clustered}`,
      `create table browser_sessions (
        id {id} not null primary key,
        account {id} not null,
        hash {id} not null,
        created_at {int} not null,
        used_at {int} not null,
        client text not null,
        agent text not null
      )`,
      'create unique index browser_sessions_hash on browser_sessions (hash)',
      'create index browser_sessions_account on browser_sessions (account)',
    ],
  },
  {
    name: '0012-accounts-records-in-order',
    statements: [
      // What is to be done at a time is named by it, and the first of a kind is asked for often.
      'drop index records_kind',
      'create index records_kind_id on records (kind, id)',
    ],
  },
  {
    name: '0013-accounts-second-factor',
    statements: [
      'alter table accounts add column two_factor {int} not null default 0',
      // Who administers the server in a browser.
      'alter table accounts add column admin {int} not null default 0',
      // What proves a login beside a password.
      `create table second_factors (
        account {id} not null,
        id {id} not null,
        kind {id} not null,
        secret text not null,
        label text not null,
        counter {int} not null,
        created_at {int} not null,
        used_at {int} not null,
        primary key (account, id)
      )`,
    ],
  },
  {
    name: '0014-accounts-passkeys',
    statements: ['create unique index second_factors_id on second_factors (id)'],
  },
]
