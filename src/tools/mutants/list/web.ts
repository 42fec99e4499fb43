import type { Mutant } from '../mutant.ts'

/** Bugs in what is kept from other pages, from files and from what somebody typed. */
export const WEB: readonly Mutant[] = [
  {
    id: 'bad-address-quoted',
    invariant: 'TR-53',
    sentence:
      'An address that cannot be read is answered by the framework, without headers and with the address.',
    file: 'src/server/app.ts',
    find: '    frameworkErrors: answerBadAddress(security),\n',
    replace: '',
    test: 'tests/integration/server/headers.test.ts',
  },
  {
    id: 'no-request-answered-bare',
    invariant: 'TR-53',
    sentence: 'Bytes that are no request are answered without headers.',
    file: 'src/server/app.ts',
    find: '    clientErrorHandler: answerNoRequest,\n',
    replace: '',
    test: 'tests/integration/server/headers.test.ts',
  },
  {
    id: 'neighbours-are-ours',
    invariant: 'TR-54',
    sentence: 'A page of another name under the same domain may change what is here.',
    file: 'src/server/http/security.ts',
    find: "if (site !== undefined) return site === 'same-origin'",
    replace: "if (site !== undefined) return site !== 'cross-site'",
    test: 'tests/integration/server/other-site.test.ts',
  },
  {
    id: 'data-drawn-in',
    invariant: 'TR-54',
    sentence: 'Data is given to whatever page draws it in.',
    file: 'src/server/http/security.ts',
    find: 'SAFE.has(request.method) ? !isDrawnIn(request) : isOurs(request, options)',
    replace: 'SAFE.has(request.method) || (!isDrawnIn(request) && isOurs(request, options))',
    test: 'tests/integration/server/other-site.test.ts',
  },
  {
    id: 'plain-text-is-json',
    invariant: 'TR-54',
    sentence: 'Text that a form may send to any site is read as JSON.',
    file: 'src/server/app.ts',
    find: "  app.removeContentTypeParser('text/plain')\n",
    replace:
      "  app.removeContentTypeParser('text/plain')\n  app.addContentTypeParser('text/plain', { parseAs: 'string' }, app.getDefaultJsonParser('error', 'error'))\n",
    test: 'tests/integration/server/other-site.test.ts',
  },
]
