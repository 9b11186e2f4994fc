// Questions to the person at the page, in its own look: each resolves with the answer.
import { el } from './dom.js'
import { t } from './words.js'

/**
 * A dialog of one form; resolves when it is closed: true when it was agreed to.
 * @param {string} title @param {readonly Node[]} fields @param {string} agree the word on its button
 * @returns {Promise<boolean>}
 */
export function ask(title, fields, agree) {
  return new Promise((resolve) => {
    const cancel = el('button', { type: 'button' }, t('cancel'))
    const form = el(
      'form',
      { method: 'dialog' },
      el('h2', { id: 'asked' }, title),
      ...fields,
      el(
        'footer',
        {},
        cancel,
        el('button', { type: 'submit', className: 'primary', value: 'yes' }, agree),
      ),
    )
    const dialog = el('dialog', { className: 'ask', 'aria-labelledby': 'asked' }, form)
    cancel.addEventListener('click', () => dialog.close())
    // What is typed here is no shortcut of the page.
    dialog.addEventListener('keydown', (event) => event.stopPropagation())
    dialog.addEventListener('close', () => {
      dialog.remove()
      resolve(dialog.returnValue === 'yes')
    })
    document.body.append(dialog)
    dialog.showModal()
  })
}

/** @param {string} question @param {string} agree */
export function askSure(question, agree) {
  return ask(question, [], agree)
}

/** What was typed, or nothing. @param {string} title @param {{label: string, value?: string, agree?: string}} given */
export async function askText(title, { label, value = '', agree = t('ok') }) {
  const input = el('input', { value, required: true, autocomplete: 'off', autofocus: true })
  const field = el('label', {}, el('span', {}, label), input)
  return (await ask(title, [field], agree)) ? input.value.trim() : ''
}
