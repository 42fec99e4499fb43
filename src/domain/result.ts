/** A refusal is an answer, not an error: it carries a reason code that owes the person one sentence. */
export type Result<T, R extends string = string> = { ok: true; value: T } | { ok: false; reason: R }

export const accept = <T>(value: T): { ok: true; value: T } => ({ ok: true, value })
export const refuse = <R extends string>(reason: R): { ok: false; reason: R } => ({ ok: false, reason })
