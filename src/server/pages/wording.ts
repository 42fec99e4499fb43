import { html, type SafeHtml } from './html.ts'

/** A sentence cut after its commas and stops, so that lines break where one breathes. */
export const breathing = (text: string): SafeHtml[] =>
  (text.match(/[^，。？！；：]+[，。？！；：”]*/g) ?? [text]).map(
    (clause) => html`<span class="cl">${clause}</span>`,
  )

/** 2026-11-21 → 2026年11月21日. */
export const chineseDay = (day: string): string => {
  const [year, month, date] = day.split('-').map(Number)
  return `${year}年${month}月${date}日`
}
