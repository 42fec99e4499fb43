import type { CategoryId } from '#domain/content/category.ts'
import { html, type SafeHtml } from './html.ts'

/** Black line drawings on a 240 × 150 grid, one for each situation; no faces, no uniforms. `fill` parts are solid black. */
const DRAWINGS: Record<CategoryId, { line: string; fill: string }> = {
  family: {
    line: 'M30 80L120 20l90 60M52 68v68h136V68M12 136h216M78 90h28v24H78zM92 90v24M78 102h28',
    fill: 'M138 136v-30a14 14 0 0 1 28 0v30z',
  },
  neighbour: {
    line: 'M14 46L52 14l38 32M24 40v32h56V40M44 72V54h16v18M150 46l38-32 38 32M160 40v32h56V40M180 72V54h16v18M8 72h80M152 72h80M8 138h224M14 94q10-9 20 0t20 0 20 0M14 112q10-9 20 0t20 0 20 0M14 128q10-9 20 0t20 0 20 0M176 116h8M196 116h8M216 116h8',
    fill: 'M108 78l10-7h18l12 9 1 14-10 8h-24l-9-8zM92 110l8-6h17l6 8-2 24H84zM128 106h20l10 8 4 22h-36z',
  },
  land: {
    line: 'M8 78L66 18l36 38 26-30 52 52M8 78h224M20 138L60 78M78 138l22-60M140 138l-8-60M204 138l-32-60M8 138h224M8 108h224',
    fill: 'M180 78l26-34 26 34z',
  },
  work: {
    line: 'M50 20v70M38 20h24M34 90h32v22a16 16 0 0 1-32 0zM100 62h124v70H100zM162 117a20 20 0 1 0 0-40 20 20 0 0 0 0 40zM8 142h84',
    fill: 'M108 70h12v12h-12zM204 112h12v12h-12zM158 86h8v22h-8z',
  },
  debt: {
    line: 'M58 12h92v112l-15-11-15 11-16-11-15 11-16-11-15 11zM78 40h52M78 60h52M78 80h30',
    fill: 'M182 62a38 38 0 1 0 .1 0zm-14 18l14 18 14-18h10l-14 20h9v7h-14v6h14v7h-14v12h-10v-12h-14v-7h14v-6h-14v-7h9l-14-20z',
  },
  fraud: {
    line: 'M56 8h76v132H56zM84 126h20M176 20v58a26 26 0 0 1-52 0V66M110 80l14-16 14 16',
    fill: 'M176 10a12 12 0 1 0 .1 0zM70 26h48v10H70zM70 44h30v8H70z',
  },
  care: {
    line: 'M40 138V58a26 26 0 0 1 52 0v8M24 138h32M168 14l34 40-34 46-34-46zM168 14v86M134 54h68M168 100q-14 12 0 22t0 20',
    fill: 'M168 14l34 40h-34zM134 54h34v46z',
  },
  harm: {
    line: 'M84 142c-26-16-44-52-54-72 8-10 20-4 28 8l12 16V30c0-14 22-14 22 0v40V20c0-14 22-14 22 0v50V26c0-14 22-14 22 0v48V40c0-13 20-13 20 0v58c0 22-10 36-20 44z',
    fill: 'M190 30h14v60h-14zM190 104h14v14h-14z',
  },
}

/** The drawing of a situation, for posters. */
export const pictogram = (id: CategoryId): SafeHtml =>
  html`<svg class="picture" viewBox="0 0 240 150" aria-hidden="true">
    <path class="line" d="${DRAWINGS[id].line}" />
    <path class="full" d="${DRAWINGS[id].fill}" />
  </svg>`
