import type { InjectOptions } from 'fastify'
import type { Actor } from './cast.ts'
import type { Thing } from './things.ts'

/** What came back, as far as it tells whether somebody got what they asked for. */
export interface Came {
  status: number
  text: string
}

/** How one operation of the description is asked, so that whoever may is answered. */
export interface Ask {
  /** Method and path as described. */
  operation: string
  /** Of an operation that does several things: which; '' otherwise. */
  part?: string
  /** What it is about, one after the other; nothing: only about who asks. */
  things?: readonly Thing[]
  /** One that is not there. */
  missing?: Thing
  send(actor: Actor, one: Thing): InjectOptions
  /** Whether they got it, where the status does not say so, and what else of the answer must not differ from that about a missing one. */
  read?(came: Came, one: Thing): { got: boolean; rest: string }
  /** Makes it so that it can be asked at all. */
  ready?(one: Thing): Promise<unknown>
  /** What it may change, as text, to be compared before and after those who may not. */
  look?(one: Thing): Promise<unknown>
  /** Puts back what a success changed. */
  mend?(one: Thing, actor: Actor): Promise<unknown>
}

export const json = (method: 'POST' | 'PUT', url: string, body: unknown): InjectOptions => ({
  method,
  url,
  payload: JSON.stringify(body),
})
export const get = (url: string): InjectOptions => ({ method: 'GET', url })
