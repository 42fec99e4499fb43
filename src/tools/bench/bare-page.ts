import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** As little as a page can do that reads thirty of so many rows from IndexedDB and draws them; `?fill` writes them first. */
const PAGE = (
  rows: number,
  shown: number,
) => `<!doctype html><meta charset="utf-8"><title>floor</title><h1>floor</h1><ul></ul><script>
const open = indexedDB.open('floor', 1)
open.onupgradeneeded = () => open.result.createObjectStore('row', { keyPath: 'id' })
open.onsuccess = () => {
  const store = open.result.transaction('row', location.search ? 'readwrite' : 'readonly').objectStore('row')
  if (location.search) {
    for (let i = 0; i < ${rows}; i++) store.put({ id: i, title: '王家和李家·排水 ' + i, text: '水沟'.repeat(200) })
    store.transaction.oncomplete = () => (document.title = 'filled')
  } else {
    store.getAll(IDBKeyRange.lowerBound(${rows - shown})).onsuccess = ({ target }) => {
      document.querySelector('ul').replaceChildren(...target.result.map((row) => {
        const li = document.createElement('li')
        li.textContent = row.title
        return li
      }))
    }
  }
}
</script>`

/** Serves that page on this computer; it has no service worker, so its few bytes come over the loopback. */
export async function serveBarePage(rows: number, shown: number): Promise<{ url: string; stop(): void }> {
  const page = PAGE(rows, shown)
  const server = createServer((_request, response) =>
    response.setHeader('content-type', 'text/html').end(page),
  )
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return { url: `http://localhost:${port}/`, stop: () => void server.close() }
}
