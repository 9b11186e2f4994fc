// The settings of certificates that an authority issues by itself (ACME).
import { choice, flag, hostNames, privateUrl, text } from './kinds.ts'

export const acme = {
  enabled: flag(
    false,
    'Get a certificate from an authority by ACME (RFC 8555) and renew it; this agrees to its terms. tls.cert, where it is given, goes first.',
  ),
  directory: privateUrl(
    "Address of the directory of the authority. Default: that of Let's Encrypt.",
  ),
  contact: text('', 'Mail address that the authority may write to. Default: none.'),
  names: hostNames(
    'Further names for the certificate. The name of the server and http.names are in it anyway, and mta-sts, autoconfig and autodiscover of our domains where the DNS leads them here.',
  ),
  challenge: choice(
    ['auto', 'http-01', 'tls-alpn-01'],
    'auto',
    'How names are proved: by a page on port 80 or a handshake on port 443, which must be http.listen or http.tls_listen. auto: what is open, the page first.',
  ),
  ca: text('', 'File with the certificates (PEM) that the authority itself is believed by.'),
  external_id: text('', 'Name of an account there already (External Account Binding).'),
  external_key_file: text('', 'File whose first line is its key (base64url).'),
}
