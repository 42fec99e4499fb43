import { join } from 'node:path'

/**
 * What a program of ours that a test starts gets of this machine's environment: the way to other programs, and a folder where Node keeps
 * what it made of the source the last time, which halves the time to start.
 */
export const PROGRAM_ENV = {
  PATH: process.env['PATH'] ?? '',
  NODE_COMPILE_CACHE: join(import.meta.dirname, '../../node_modules/.cache/mingbai/compiled'),
}
