// The commands and tests that the test suite of Dovecot's Pigeonhole adds to Sieve
// ("vnd.dovecot.testsuite"), as forms. Knows nothing of what they do.
import type { Forms } from '../../../src/sieve/compile.ts'
import {
  capabilities,
  commands,
  type Form,
  matchTypes,
  tests,
} from '../../../src/sieve/grammar.table.ts'

const matching: Form['tags'] = {
  ...{ comparator: { takes: 'string' }, is: {}, contains: {}, matches: {}, regex: {} },
  ...{ value: { takes: 'string' }, count: { takes: 'string' }, index: { takes: 'number' } },
}
const matched: Form = { takes: ['string'], tags: matching, oneOf: [matchTypes] }
const message: Form = {
  takes: ['string', 'number'],
  firstOptional: true,
  tags: { smtp: {}, folder: {} },
}

export const suiteForms: Forms = {
  capabilities: [...capabilities, 'vnd.dovecot.testsuite', 'vnd.dovecot.debug'],
  commands: {
    ...commands,
    test: { takes: ['string'], block: true },
    debug_log: { takes: ['string'] },
    test_fail: { takes: ['string'] },
    test_set: { takes: ['string', 'string'] },
    test_config_set: { takes: ['string', 'string'] },
    test_config_unset: { takes: ['string'] },
    test_config_reload: { takes: [], tags: { extension: { takes: 'string' } } },
    test_result_reset: { takes: [] },
    test_result_print: { takes: [] },
    test_message: message,
    test_mailbox_create: { takes: ['string'] },
    test_mailbox_delete: { takes: ['string'] },
    test_binary_load: { takes: ['string'] },
    test_binary_save: { takes: ['string'] },
    test_imap_metadata_set: {
      takes: ['string', 'string'],
      tags: { mailbox: { takes: 'string' } },
    },
  },
  tests: {
    ...tests,
    test_message: message,
    test_script_compile: { takes: ['string'] },
    test_script_run: { takes: [], tags: { append_result: {} } },
    test_multiscript: { takes: ['strings'] },
    test_result_execute: { takes: [] },
    test_result_action: matched,
    test_error: matched,
  },
}
