// What is attached to a letter: on its way up with its progress, or there. Knows the server, no
// letter.
import { action, el } from './dom.js'
import { sized } from './sizes.js'
import { t } from './words.js'

export class Files {
  #ports
  #all
  #busy = 0
  #list = el('ul', { className: 'files' })
  picker = el('input', { type: 'file', multiple: true, hidden: true, 'aria-label': t('attach') })

  /** @param {{jmap: any, changed: () => void, failed: (error: unknown) => void}} ports @param {readonly any[]} all */
  constructor(ports, all) {
    this.#ports = ports
    this.#all = [...all]
    this.picker.addEventListener('change', () => {
      for (const file of this.picker.files ?? []) void this.add(file)
      this.picker.value = ''
    })
    this.#draw()
  }

  get element() {
    return this.#list
  }

  get all() {
    return this.#all
  }

  get busy() {
    return this.#busy > 0
  }

  /** @param {File} file */
  async add(file) {
    const found = await this.upload(file)
    if (!found) return
    this.#all.push(found)
    this.#draw()
    this.#ports.changed()
  }

  /** undefined when it was stopped, or failed and was told of. @param {File} file */
  async upload(file) {
    const { jmap, failed } = this.#ports
    const bar = el('progress', { max: 1, value: 0, 'aria-label': file.name })
    const shown = el('li', {}, `${file.name} `, el('small', {}, sized(file.size)), bar)
    this.#list.append(shown)
    this.#busy++
    const { done, stop } = jmap.upload(file, (share) => (bar.value = share))
    shown.append(action('close', t('close'), stop))
    try {
      const { blobId, type, size } = await done
      return { blobId, type, size, name: file.name || 'file' }
    } catch (error) {
      if (!(error instanceof Error) || error.message !== 'stopped') failed(error)
      return undefined
    } finally {
      this.#busy--
      shown.remove()
    }
  }

  #draw() {
    for (const item of this.#list.querySelectorAll('[data-there]')) item.remove()
    const items = this.#all.map((file) => {
      const drop = () => {
        this.#all = this.#all.filter((each) => each !== file)
        this.#draw()
        this.#ports.changed()
      }
      const size = el('small', {}, sized(file.size))
      return el(
        'li',
        { 'data-there': '' },
        `${file.name} `,
        size,
        action('close', t('close'), drop),
      )
    })
    this.#list.prepend(...items)
  }
}
