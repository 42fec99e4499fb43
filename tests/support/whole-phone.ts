// The phone of a build as one file, kept with its landing: what ran in the field is run again beside every later server and tab.
export { openVault } from '#phone/enrolment.ts'
export { createNotebook } from '#phone/notebook.ts'
export { answerLines } from '#sync/engine/answer-lines.ts'
export * as op from '#sync/protocol/op.ts'
export * as wire from '#sync/protocol/wire.ts'
export { TinyServer } from '#tests/support/phone-server.ts'
export { makeBrowser, makeMe, TestClock } from '#tests/support/phone-world.ts'
