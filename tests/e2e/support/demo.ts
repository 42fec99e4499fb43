import { inject } from 'vitest'

const at = (step: number): string => `http://localhost:${inject('demoPort') + step}`

/** Addresses of the demo: its entry page, and the people who live on the ports after it. */
export const DEMO = {
  entry: () => at(0),
  /** 赵春梅, mediator. */
  mediator: () => at(1),
  /** 和秀英, understander. */
  understander: () => at(2),
  /** 李主任, coordinator, who mediates too. */
  coordinator: () => at(3),
}
