import type { BrowserContext, Page } from 'playwright-core'

/** What a page may do when a text is taken for more than a text. */
export interface Watch {
  /** What happened since the page was opened: directives that were broken, dialogs, what ran, elements that no page of ours makes. */
  troubles(page: Page): Promise<string[]>
}

interface Watched {
  broken?: string[]
  hurt?: unknown
}

/** Watches every page of a browser from its first script on. */
export async function watch(context: BrowserContext): Promise<Watch> {
  const dialogs: string[] = []
  const look = (page: Page) => {
    page.on('dialog', (dialog) => {
      dialogs.push(`dialog ${dialog.type()}`)
      void dialog.dismiss().catch(() => undefined)
    })
  }
  for (const page of context.pages()) look(page)
  context.on('page', look)
  await context.addInitScript(() => {
    const watched = window as unknown as Watched
    watched.broken = []
    document.addEventListener('securitypolicyviolation', (event) =>
      watched.broken?.push(`${event.effectiveDirective} ${event.blockedURI} ${event.sample.slice(0, 60)}`),
    )
  })
  return {
    async troubles(page) {
      const found = await page.evaluate(() => {
        const watched = window as unknown as Watched
        const list = [...(watched.broken ?? [])]
        if (watched.hurt !== undefined) list.push('a text was run')
        const strange =
          'script:not([src]), iframe, object, embed, base, form[action], meta[http-equiv="refresh"]'
        for (const one of document.querySelectorAll(strange))
          list.push(`an element ${one.outerHTML.slice(0, 80)}`)
        for (const one of document.querySelectorAll('*'))
          for (const { name, value } of one.attributes) {
            if (name.startsWith('on')) list.push(`a handler ${one.outerHTML.slice(0, 80)}`)
            if (
              ['href', 'src', 'action', 'xlink:href'].includes(name) &&
              /^\s*(javascript|vbscript|data:text)/i.test(value)
            )
              list.push(`an address ${value.slice(0, 80)}`)
          }
        return list
      })
      return [...dialogs.splice(0), ...new Set(found)]
    },
  }
}
