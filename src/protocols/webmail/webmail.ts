// The webmail's page and its files. It speaks JMAP with the server, so that nothing else is here;
// knows the policy under which browsers run it.
import { loadAssets } from '../../wire/http-assets.ts'
import type { HttpAnswer, HttpRequest, Route } from '../../wire/http-types.ts'

const assetsPath = '/mail/assets/'

/**
 * Only files of ours run. Styles may stand inside, because a mail's frame is bound by this policy
 * besides its own; nothing from elsewhere is loaded, by the page or by a mail.
 */
export const contentSecurityPolicy =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
  "img-src 'self' data:; frame-src 'self'; base-uri 'none'; form-action 'none'; " +
  "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types mail-body"

/** @throws Error when the page's files in `folders` cannot be read. */
export function webmailRoutes(folders: readonly string[]): readonly Route[] {
  const assets = loadAssets(folders, assetsPath)
  const secured = { 'content-security-policy': contentSecurityPolicy }
  const page = (request: HttpRequest): HttpAnswer => assets.answer(request, 'index.html', secured)
  return [
    { method: 'GET', path: '/mail', run: page },
    { method: 'GET', path: '/mail/*', run: page },
    { method: 'GET', path: '/login', run: page },
    {
      method: 'GET',
      path: `${assetsPath}*`,
      run: (request) => assets.answer(request, request.path.slice(assetsPath.length), secured),
    },
  ]
}
